import { BaseError, ContractFunctionRevertedError, parseAbi, parseSignature } from "viem";
import type { Address, Hex } from "viem";
import { signTypedData } from "@consilium/sdk";
import type { Suite } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import type { Session } from "./session/Session.ts";

const NONCES = parseAbi(["function nonces(address owner) view returns (uint256)"]);
/** Seconds for which it can be used. */
const TERM = 3_600;

export type SignPermitParameters = { token: Address; spender: Address; amount: bigint };
export type Permit = { deadline: bigint; v: number; r: Hex; s: Hex };

/**
 * Signs an ERC-2612 permit, by which the spender may take exactly this much of a token from the signer.
 *
 * @throws UsageError if the token does not say by ERC-5267 what its permits are signed over.
 */
export async function signPermit(session: Session, parameters: SignPermitParameters): Promise<Permit> {
  const { token, spender, amount: value } = parameters;
  const suite = await session.signing();
  const wallet = suite.wallet!;
  const { address: owner } = await session.key();
  const { name, version } = await readDomain(suite, token);
  const nonce = await suite.client.readContract({
    address: token,
    abi: NONCES,
    functionName: "nonces",
    args: [owner],
  });
  const deadline = BigInt((await session.now()) + TERM);
  const signature = await signTypedData(
    { signTypedData: (typedData) => wallet.signTypedData(typedData) },
    {
      // The token's own: it cannot have anything signed for another contract.
      domain: { name, version, chainId: suite.chainId, verifyingContract: token },
      types: {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      },
      primaryType: "Permit",
      message: { owner, spender, value, nonce, deadline },
    },
  );
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, v: 27 + yParity, r, s };
}

async function readDomain({ client }: Suite, token: Address): Promise<{ name: string; version: string }> {
  try {
    const { domain } = await client.getEip712Domain({ address: token });
    return domain;
  } catch (cause) {
    // The first where the token answers with nothing.
    const isMissing =
      cause instanceof BaseError &&
      (cause.name === "Eip712DomainNotFoundError" ||
        cause.walk((error) => error instanceof ContractFunctionRevertedError) !== null);
    if (!isMissing) throw cause;
    throw new UsageError(`The token ${token} does not say how it takes permits.`, {
      mend: "Leave --permit away: the amount is then approved by a transaction of its own.",
      cause,
    });
  }
}
