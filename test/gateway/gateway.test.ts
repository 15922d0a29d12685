import { expect } from "chai";
import { fetchRecord, findDecision } from "@consilium/sdk";
import { checkLog, readLog } from "@consilium/gateway";
import { eachGateway, fetching, grant, KEPT, signIn, type Kept, type Running } from "./gatewayFixtures.ts";

describe("gateway", () => {
  let kept: Kept;
  let running: Running;
  eachGateway((opened) => ({ kept, running } = opened));

  it("hands over a granted record, which opens, verifies, and is logged at both ends", async () => {
    const granted = await grant(kept, KEPT.labs);
    const session = await signIn(kept, running.url);
    const fetched = await fetchRecord(kept.researcher, fetching(granted, session, kept.key));

    expect(JSON.parse(fetched.content)).to.include({ resourceType: "Observation", id: "kept0" });
    const { broker, ids } = kept;
    const [delivered] = await broker.queryFilter(broker.filters.DeliveryLogged(granted.member.grant));
    const [received] = await broker.queryFilter(broker.filters.ReceiptLogged(granted.member.grant));
    expect(delivered?.transactionHash).to.equal(fetched.delivery);
    expect(delivered?.args.custodian).to.equal(BigInt(ids.north));
    expect(delivered?.args.delivery.sensitivitiesChecked).to.equal(true);
    expect(received?.transactionHash).to.equal(fetched.receipt);
    expect(received?.args.verified).to.equal(true);
    expect(received?.args.ciphertextHash).to.equal(delivered?.args.delivery.ciphertextHash);
  });

  it("keeps its own log, whose hash the chain's entry bears", async () => {
    const granted = await grant(kept, KEPT.labs);
    const before = await checkLog(kept.vault);
    await fetchRecord(kept.researcher, fetching(granted, await signIn(kept, running.url), kept.key));

    const entries = await readLog(kept.vault, { after: before.sequence });
    expect(entries.map(({ entry }) => entry.event)).to.deep.equal(["delivering", "delivered"]);
    const { broker } = kept;
    const [delivered] = await broker.queryFilter(broker.filters.DeliveryLogged(granted.member.grant));
    expect(entries[0]?.hash).to.equal(delivered?.args.delivery.evidenceHash);
    expect((await checkLog(kept.vault, entries[0])).sequence).to.equal(before.sequence + 2);
  });

  it("finds the block of a decision for the requester", async () => {
    const { member, decidedIn } = await grant(kept, KEPT.labs);
    await grant(kept, KEPT.moreLabs);
    expect(await findDecision(kept.researcher, member.grant)).to.equal(decidedIn);
  });
});
