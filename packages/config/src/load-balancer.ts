/** LOAD_BALANCER_ARN is the ARN of a load balancer (AWS: Elastic Load Balancing, ARNs of version 2). */
export const LOAD_BALANCER_ARN = /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/\S+$/;
