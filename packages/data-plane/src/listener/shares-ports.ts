/** Whether the kernel distributes connections among several processes that listen on one port. */
export const SHARES_PORTS = process.platform === "linux";
