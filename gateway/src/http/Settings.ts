import { z } from "zod";

const whole = (least: number, most: number) => z.number().int().min(least).max(most);

/** What of the HTTP service can be set; see docs/gateway.md. */
export const settingsSchema = z.strictObject({
  /** Address to listen on. Anything but loopback belongs behind a proxy that speaks TLS. */
  host: z.string().min(1).default("127.0.0.1"),
  /** 0: any that is free. */
  port: whole(0, 65_535).default(8_455),
  /** Under which address requesters know the gateway; what they sign names it. By default the one listened on. */
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .refine(isSafeUrl, "must be https, or http on loopback")
    .optional(),
  /** Proxies whose X-Forwarded-For is believed, as addresses or ranges, comma separated. */
  trustProxy: z.string().min(1).optional(),
  /** Calls of one client address a minute. */
  callsPerMinute: whole(1, 1_000_000).default(600),
  /** Largest body of a call, bytes. */
  bodyBytes: whole(1_024, 1_048_576).default(32_768),
  /** Seconds until a call must have been received whole. */
  receiveSeconds: z.number().min(0.1).max(600).default(20),
  /** Deliveries worked on at a time, and how many more may wait. */
  parallelDeliveries: whole(1, 1_000).default(32),
  waitingDeliveries: whole(0, 100_000).default(2_000),
  sessionSeconds: whole(1, 86_400).default(900),
  /** Oldest latest block by which is decided, seconds. */
  blockAgeSeconds: whole(1, 86_400).default(120),
  /** Seconds to wait for a delivery's log to be mined. */
  receiptSeconds: whole(1, 3_600).default(60),
  /** Seconds between looks for grants that ended; 0: none. */
  revocationSeconds: whole(0, 86_400).default(30),
  /** Seconds between looks for records whose retention is over; 0: none. */
  destructionSeconds: whole(0, 86_400).default(3_600),
  logLevel: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;

function isSafeUrl(text: string): boolean {
  // Asked of what is no address too, whose own fault is told already.
  if (!URL.canParse(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
}
