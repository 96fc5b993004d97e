import type { Sdk } from "./sdk";

declare global {
  const AppExtensionsSDK: new () => Sdk;
  const htmx: {
    ajax(verb: string, path: string, options: object): Promise<void>;
    process(element: Element): void;
    swap(context: object): Promise<void>;
    trigger(target: Element | string, name: string, detail?: object): void;
  };
  interface Window {
    dealvoice: { sdk: Sdk | null; ready: Promise<unknown> };
  }
  /** What htmx's request events carry. */
  interface HtmxContext {
    sourceElement: Element;
    sourceEvent: Event | null;
    fetch?: typeof fetch;
    confirm?: string;
    text?: string;
    request: { headers: Record<string, string>; action: string; method: string; body?: FormData | URLSearchParams | null };
    response?: { status: number; raw: Response };
  }
}

export {};
