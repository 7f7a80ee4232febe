import { expect, it } from "vitest";
import { EventView } from "./event-view.ts";
import { Texts } from "./texts.ts";

/** A view in which each field, also one that is added later, has a value that no empty view has. */
function filled(known: Texts): EventView {
  const view = new EventView(known);
  for (const [i, [name, value]] of Object.entries(view).entries()) {
    if (value === known) continue;
    if (typeof value === "number") Object.assign(view, { [name]: i + 1 });
    else if (typeof value === "boolean") Object.assign(view, { [name]: true });
    else if (value instanceof Int32Array) value.fill(i + 1);
    else (value as number[]).push(i + 1);
  }
  return view;
}

it("a copy of an event has all of its fields, and shares none that changes", () => {
  const known = new Texts();
  const view = filled(known);
  const copy = view.copy();
  expect(copy).toEqual(view);
  view.clear();
  expect(copy).toEqual(filled(known));
});

it("a view that is cleared is as a new one", () => {
  const known = new Texts();
  const view = filled(known);
  view.clear();
  expect(view).toEqual(new EventView(known));
});
