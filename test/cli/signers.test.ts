import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RecordStore, openTransportReplayer } from "@ledgerhq/hw-transport-mocker";
import { expect } from "chai";
import {
  hashTypedData,
  http,
  keccak256,
  recoverTransactionAddress,
  recoverTypedDataAddress,
  serializeTransaction,
  type Hex,
} from "viem";
import { privateKeyToAccount, sign } from "viem/accounts";
import { DEFAULT_LEDGER_PATH, ledgerAccount, type LedgerTransport } from "../../cli/src/keys/ledgerAccount.ts";
import { deployGoverned, loadFixture, type Governed } from "../fixtures/consilium.ts";
import { openTerminal, writeBook, type Terminal } from "./support/openTerminal.ts";

const SECRET = `0x${"5e".repeat(32)}` as const;
const owner = privateKeyToAccount(SECRET);

const TYPED = {
  domain: { name: "ConsentRegistry", version: "1", chainId: 20_261, verifyingContract: owner.address },
  types: {
    Withdraw: [
      { name: "consent", type: "bytes32" },
      { name: "deadline", type: "uint256" },
    ],
  },
  primaryType: "Withdraw",
  message: { consent: `0x${"12".repeat(32)}`, deadline: 1n },
} as const;
const TRANSACTION = {
  type: "eip1559",
  chainId: 20_261,
  nonce: 0,
  to: owner.address,
  data: "0x1234",
  gas: 50_000n,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
} as const;

/** Derivation path 44'/60'/0'/0/0 as the device takes it. */
const PATH = "058000002c8000003c800000000000000000000000";
const OK = "9000";

describe("A Ledger", () => {
  const address = (): string => {
    const ascii = Buffer.from(owner.address.slice(2)).toString("hex");
    return `=> e002000015${PATH}\n<= 41${"04".repeat(65)}28${ascii}${OK}`;
  };
  const replay = async (...exchanges: string[]): Promise<LedgerTransport> =>
    openTransportReplayer(RecordStore.fromString([address(), ...exchanges].join("\n")));

  it("tells its address", async () => {
    const account = await ledgerAccount(await replay(), DEFAULT_LEDGER_PATH);
    expect(account.address).to.equal(owner.address);
  });

  it("signs a transaction, which is then its own", async () => {
    const unsigned = serializeTransaction(TRANSACTION);
    const { r, s, yParity } = await sign({ hash: keccak256(unsigned), privateKey: SECRET });
    const payload = `${PATH}${unsigned.slice(2)}`;
    const exchange = `=> e0040000${byte(payload.length / 2)}${payload}\n<= ${byte(yParity!)}${r.slice(2)}${s.slice(2)}${OK}`;

    const account = await ledgerAccount(await replay(exchange), DEFAULT_LEDGER_PATH);
    const signed = await account.signTransaction(TRANSACTION);
    expect(await recoverTransactionAddress({ serializedTransaction: signed as `0x02${string}` })).to.equal(
      owner.address,
    );
  });

  it("signs typed data, shown on the device field by field, and asks no service of its maker", async () => {
    const { r, s, yParity } = await sign({ hash: hashTypedData(TYPED), privateKey: SECRET });
    const device = fieldDevice(`${byte(27 + yParity!)}${r.slice(2)}${s.slice(2)}${OK}`);
    const asked: unknown[] = [];
    const { fetch } = globalThis;
    globalThis.fetch = (...call) => {
      asked.push(call[0]);
      return Promise.reject(new Error("offline"));
    };
    try {
      const account = await ledgerAccount(device.transport, DEFAULT_LEDGER_PATH);
      const signature = await account.signTypedData(TYPED);
      expect(await recoverTypedDataAddress({ ...TYPED, signature })).to.equal(owner.address);
    } finally {
      globalThis.fetch = fetch;
    }
    expect(asked).to.deep.equal([]);
    // Struct names and the consent's id have gone to the device in clear, not as a hash alone.
    expect(device.sent.join()).to.include(Buffer.from("Withdraw").toString("hex")).and.include("12".repeat(32));
  });

  it("whose holder declines is told so", async () => {
    const device = fieldDevice("6985");
    const declining = await ledgerAccount(device.transport, DEFAULT_LEDGER_PATH);
    const error = await declining.signTypedData(TYPED).catch((caught: unknown) => caught);
    expect((error as Error).name).to.equal("KeySourceError");
    expect((error as Error).message).to.include("declined");
  });

  /** A device that takes every definition and value of typed data, and answers the last call so. */
  function fieldDevice(answer: string): { transport: LedgerTransport; sent: string[] } {
    const sent: string[] = [];
    const reply = (apdu: string): string => {
      if (apdu.startsWith("e002")) return address().split("<= ")[1]!;
      if (apdu.startsWith("b001")) return `01${"08457468657265756d"}${"06312e31302e33"}0102${OK}`;
      return apdu.startsWith("e00c") ? answer : OK;
    };
    const send = (cla: number, ins: number, p1: number, p2: number, data = Buffer.alloc(0)): Promise<Buffer> => {
      const apdu = [cla, ins, p1, p2, data.length].map(byte).join("") + data.toString("hex");
      sent.push(apdu);
      const text = reply(apdu);
      if (!text.endsWith(OK))
        return Promise.reject(Object.assign(new Error("refused"), { statusCode: parseInt(text, 16) }));
      return Promise.resolve(Buffer.from(text, "hex"));
    };
    const transport = { send, decorateAppAPIMethods: () => {}, close: () => Promise.resolve() };
    return { transport, sent };
  }
});

describe("A remote signer", () => {
  let suite: Governed;
  let terminal: Terminal;
  let server: Server;
  let asked: string[];
  let answers: Record<string, (params: never[]) => unknown>;

  before(async () => {
    terminal = openTerminal();
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
          id: number;
          method: string;
          params: never[];
        };
        asked.push(method);
        void Promise.resolve(answers[method]?.(params)).then((result) => {
          const failure = { code: -32601, message: "the method is not there" };
          response.setHeader("content-type", "application/json");
          response.end(
            JSON.stringify({ jsonrpc: "2.0", id, ...(result === undefined ? { error: failure } : { result }) }),
          );
        });
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  after(async () => {
    terminal.close();
    server.close();
    await once(server, "close");
  });

  beforeEach(async () => {
    suite = await loadFixture(deployGoverned);
    writeBook(terminal.directory, suite);
    asked = [];
    answers = { eth_accounts: () => [owner.address] };
  });

  const give = () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return terminal.run(
      [
        ...["consent", "give", "--preset", "careOnly", "--until", "1y", "--yes", "--json"],
        ...["--network", "local", "--root", terminal.directory, "--key", `rpc:${url}`],
      ],
      { transportFor: (at) => (at === url ? http(url, { retryCount: 0 }) : undefined) },
    );
  };

  it("that signs has its transaction sent to our chain, as Web3Signer does", async () => {
    answers["eth_signTransaction"] = ([transaction]) => signAs(transaction!);
    const { code, json, err } = await give();
    expect(code, err).to.equal(0);
    expect((await suite.consents.consent(json.consent)).patient).to.equal(owner.address);
    expect(asked).to.not.include("eth_sendTransaction");
  });

  it("that only sends must be on our chain", async () => {
    answers["eth_sendTransaction"] = () => `0x${"00".repeat(32)}`;
    answers["eth_chainId"] = () => "0x1";
    const { code, err } = await give();
    expect(code).to.equal(5);
    expect(err).to.include("another chain");
    expect(asked).to.not.include("eth_sendTransaction");
  });

  it("without accounts, or with several, asks for one to be named", async () => {
    for (const accounts of [[], [owner.address, suite.signers.patient.address]]) {
      answers["eth_accounts"] = () => accounts;
      const { code, err } = await give();
      expect([code, err.includes(`has ${accounts.length} accounts`)]).to.deep.equal([5, true]);
    }
  });
});

/** Signs what it is given and fills in nothing, as Web3Signer does. */
function signAs(transaction: Record<string, Hex>): Promise<Hex> {
  const { to, data, gas, nonce, maxFeePerGas, maxPriorityFeePerGas, chainId } = transaction;
  return owner.signTransaction({
    type: "eip1559",
    chainId: Number(chainId),
    to: to!,
    data: data!,
    gas: BigInt(gas!),
    nonce: Number(nonce),
    maxFeePerGas: BigInt(maxFeePerGas!),
    maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!),
  });
}

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
