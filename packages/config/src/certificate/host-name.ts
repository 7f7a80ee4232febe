import { z } from "zod";

/** As ACM's model has it: at least two labels. */
const NAME = /^(?=.{1,253}$)(\*\.)?(((?!-)[a-z0-9-]{0,62}[a-z0-9])\.)+((?!-)[a-z0-9-]{1,62}[a-z0-9])$/;

/** certifiedName is a name that a certificate can be asked for. */
export const certifiedName = z
  .string()
  .regex(NAME, "must be a lower-case host name, such as www.example.com or *.example.com");
