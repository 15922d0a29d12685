import { createWalletClient, custom } from "viem";
import type { Address, EIP1193Provider } from "viem";
import type { TypedDataSigner } from "../signTypedData.ts";

/**
 * A wallet behind an EIP-1193 provider, such as a browser's or a bridge's, as a signer of typed data.
 *
 * @param address The account that shall sign.
 * @example
 * const signer = providerSigner(provider, researcher);
 * const signature = await signTypedData(signer, giveConsentTypedData({
 *   ...contractDomain(suite, "ConsentRegistry"), ...consent, deadline: DEADLINE,
 * }));
 * expect(signature).to.match(/^0x[0-9a-f]{130}$/);
 */
export function providerSigner(provider: Pick<EIP1193Provider, "request">, address: Address): TypedDataSigner {
  const wallet = createWalletClient({ account: address, transport: custom(provider) });
  return { signTypedData: (typedData) => wallet.signTypedData(typedData) };
}
