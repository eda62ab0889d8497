// A hook that waits before each test, as a person does who repairs a script.
export async function beforeEach(context) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return context;
}
