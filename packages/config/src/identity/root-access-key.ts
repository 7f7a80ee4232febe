import { accessKey } from "./user.ts";

/** An access key of the account itself, which may do everything (IAM: root user). Its id is the access key id. */
export const rootAccessKeySpec = accessKey;
