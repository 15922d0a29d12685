import { KeySourceError } from "../errors.ts";
import type { LedgerTransport } from "./ledgerAccount.ts";

/** Its binary comes by a download, so the project does not depend on it; whoever has a Ledger installs it. */
const USB_TRANSPORT: string = "@ledgerhq/hw-transport-node-hid-noevents";

/**
 * Opens the Ledger that is plugged in.
 *
 * @throws KeySourceError if the USB transport is not installed, or finds no device.
 */
export async function openUsbLedger(): Promise<LedgerTransport> {
  const { default: Transport } = await importTransport();
  try {
    return await Transport.create();
  } catch (cause) {
    throw new KeySourceError("No Ledger answers.", {
      mend: "Plug it in, unlock it, open its Ethereum app, and close other programs that use it.",
      cause,
    });
  }
}

type UsbTransport = { default: { create(): Promise<LedgerTransport> } };

async function importTransport(): Promise<UsbTransport> {
  try {
    return (await import(USB_TRANSPORT)) as UsbTransport;
  } catch (cause) {
    throw new KeySourceError("The way to the Ledger's USB port is not installed.", {
      mend: `Install it beside the project: npm install --no-save ${USB_TRANSPORT}@6.`,
      cause,
    });
  }
}
