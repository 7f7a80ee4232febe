/** nameInMetrics is the name of a REST API as a dimension has it: without what is not ASCII (AWS: API Gateway dimensions for metrics). Empty: nothing is left. */
export const nameInMetrics = (name: string): string => name.replaceAll(/[^\x20-\x7e]/g, "");
