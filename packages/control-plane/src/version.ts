/** VERSION is the version of the control plane. */
export const VERSION = "0.1.0";
