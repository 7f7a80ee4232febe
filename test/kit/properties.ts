import fc from "fast-check";

// Properties see the same inputs in each run: what fails by chance would stop a change that has nothing to do with it. `npm run properties`
// shows them others.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.TOLLGATE_TEST_SEED ?? 1) });
