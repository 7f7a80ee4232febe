/** S3Object is where an object of S3 is. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
}

/** TruststoreText is what a truststore was read as, or why it cannot be, for whoever named it. */
export type TruststoreText = { readonly text: string } | { readonly reason: string };
