/** A Lambda function as it would run on AWS: GET /hello?name=Ada */
export async function handler(event) {
  const name = event.queryStringParameters?.name ?? "world";
  console.log(`greeting ${name}`);
  return {
    statusCode: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message: `Hello, ${name}!`, path: event.path, stage: event.requestContext.stage }),
  };
}
