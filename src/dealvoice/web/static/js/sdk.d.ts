/** The part of Pipedrive's SDK that these scripts use, with the words that travel on the wire. */
import type AppExtensionsSDK from "@pipedrive/app-extensions-sdk";

export interface Sdk {
  initialize(options?: { size?: { height?: number; width?: number } }): Promise<unknown>;
  execute(command: "get_signed_token"): Promise<{ token: string }>;
  execute(command: "close_modal"): Promise<void>;
  execute(command: "resize", size: { height?: number; width?: number }): Promise<void>;
  execute(command: "show_snackbar", said: { message: string }): Promise<void>;
  execute(command: "show_confirmation", asked: Question): Promise<{ confirmed: boolean }>;
  execute(command: "open_modal", modal: { type: "custom_modal"; action_id: string; data?: Record<string, string> }): Promise<unknown>;
  execute(command: "redirect_to", place: { view: "settings" }): Promise<void>;
  listen(event: "close_custom_modal", heard: () => void): () => void;
  listen(event: "visibility", heard: (said: { data?: { is_visible: boolean } }) => void): () => void;
  listen(event: "user_settings_change", heard: (said: { data?: { theme?: string } }) => void): () => void;
}

export interface Question {
  title: string;
  description?: string;
  okText?: string;
  cancelText?: string;
  okColor?: string;
}

/** Held against the vendor's own declaration: the constructor takes nothing and the commands exist. */
export type Vendor = AppExtensionsSDK;
