import type { MeteredPrice } from "@tollgate/config";
import { flat } from "./model/flat.ts";
import { graduated } from "./model/graduated.ts";
import { packages } from "./model/package.ts";
import type { Units } from "./model/units.ts";
import { volume } from "./model/volume.ts";
import type { Step } from "./step.ts";

/** rateUnits is what a part of the units of a period costs, step by step. */
export function rateUnits(price: MeteredPrice, units: Units): readonly Step[] {
  switch (price.model) {
    case "GRADUATED":
      return graduated(price, units);
    case "VOLUME":
      return volume(price, units);
    case "PACKAGE":
      return packages(price, units);
    case "FLAT":
      return flat(price, units);
  }
}
