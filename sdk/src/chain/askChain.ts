import {
  BaseError as ViemError,
  ContractFunctionRevertedError,
  HttpRequestError,
  RpcRequestError,
  SocketClosedError,
  TimeoutError,
  UserRejectedRequestError,
  WebSocketRequestError,
} from "viem";
import { CallRevertedError, ChainUnavailableError, TransactionRefusedError } from "../errors.ts";

const UNREACHABLE = [HttpRequestError, SocketClosedError, TimeoutError, WebSocketRequestError];

/**
 * Asks the chain or a wallet, and tells by an error of the SDK's own what went wrong.
 *
 * @throws CallRevertedError, TransactionRefusedError, ChainUnavailableError; anything else as it came.
 * @example
 * expect(await askChain(() => suite.client.getChainId())).to.equal(suite.chainId);
 */
export async function askChain<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ViemError)) throw error;
    const find = (...types: (abstract new (...args: never[]) => Error)[]): Error | null =>
      error.walk((cause) => types.some((type) => cause instanceof type));
    const reverted = find(ContractFunctionRevertedError) as ContractFunctionRevertedError | null;
    if (reverted !== null) {
      const { data, reason } = reverted;
      throw new CallRevertedError(data?.errorName ?? reason ?? "an unknown error", data?.args ?? [], error);
    }
    if (find(UserRejectedRequestError) !== null) throw new TransactionRefusedError(error);
    if (find(...UNREACHABLE) !== null && find(RpcRequestError) === null) throw new ChainUnavailableError(error);
    throw error;
  }
}
