interface Window {
  __sandbox: { messages: object[] };
}
