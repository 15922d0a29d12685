import { Address, BigInt, Bytes } from "@graphprotocol/graph-ts";
import { Operation, Role, RoleMember, Target, TargetFunction } from "../../generated/schema";
import { bytes8 } from "../util/values";

/** A role is there from the start, with role 0 as its admin and guardian. */
export function fetchRole(number: BigInt): Role {
  const id = bytes8(number);
  let role = Role.load(id);
  if (role === null) {
    role = new Role(id);
    role.number = number;
    role.admin = bytes8(BigInt.zero());
    role.guardian = bytes8(BigInt.zero());
    role.grantDelay = BigInt.zero();
    role.save();
    if (!number.isZero()) fetchRole(BigInt.zero());
  }
  return role;
}

export function fetchRoleMember(role: Role, account: Address): RoleMember {
  const id = role.id.concat(account);
  let member = RoleMember.load(id);
  if (member === null) {
    member = new RoleMember(id);
    member.role = role.id;
    member.account = account;
    member.since = BigInt.zero();
    member.delay = BigInt.zero();
    member.delaySince = BigInt.zero();
  }
  return member;
}

export function fetchTarget(address: Address): Target {
  let target = Target.load(address);
  if (target === null) {
    target = new Target(address);
    target.closed = false;
    target.adminDelay = BigInt.zero();
    target.save();
  }
  return target;
}

export function fetchTargetFunction(target: Target, selector: Bytes): TargetFunction {
  const id = target.id.concat(selector);
  let restricted = TargetFunction.load(id);
  if (restricted === null) {
    restricted = new TargetFunction(id);
    restricted.target = target.id;
    restricted.selector = selector;
  }
  return restricted;
}

export function fetchOperation(operationId: Bytes, nonce: BigInt): Operation {
  const id = operationId.concatI32(nonce.toI32());
  let operation = Operation.load(id);
  if (operation === null) {
    operation = new Operation(id);
    operation.operation = operationId;
    operation.nonce = nonce;
  }
  return operation;
}
