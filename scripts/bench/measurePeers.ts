import type { GasKey } from "./bars.ts";
export type PeerFigures = Partial<Record<GasKey, { best?: { name: string; gas: number }; floor?: number }>>;
export async function measurePeers(): Promise<PeerFigures> {
  return {};
}
