import { bytesToHex, hexToBytes, type Hex } from "viem";
import type { RecordOpening, Sensitivity } from "@consilium/sdk";

/** What opens a record, as the text that the vault encrypts. */
export function openingToText({ dataKey, contentSalt, sensitivitySalt, sensitivities }: RecordOpening): string {
  return JSON.stringify([bytesToHex(dataKey), contentSalt, sensitivitySalt, sensitivities]);
}

/** The reverse of `openingToText`. */
export function textToOpening(text: string): RecordOpening {
  const [dataKey, contentSalt, sensitivitySalt, sensitivities] = JSON.parse(text) as [Hex, Hex, Hex, Sensitivity[]];
  return { dataKey: hexToBytes(dataKey), contentSalt, sensitivitySalt, sensitivities };
}
