/** MetricRefusal is why a question about metrics cannot be replied to, in a sentence for its caller. */
export class MetricRefusal extends Error {}
