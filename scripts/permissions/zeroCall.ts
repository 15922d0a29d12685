import { ZeroAddress, type Fragment, type FunctionFragment, type Interface, type ParamType } from "ethers";

/** The functions of an ABI that change something. */
export function mutatingFunctions(abi: Interface): FunctionFragment[] {
  return abi.fragments.filter(
    (fragment: Fragment): fragment is FunctionFragment =>
      fragment.type === "function" && !(fragment as FunctionFragment).constant,
  );
}

/** A call with all its words zero, which gets as far as the check of who calls. */
export function zeroCall(abi: Interface, fragment: FunctionFragment): string {
  return abi.encodeFunctionData(fragment, fragment.inputs.map(zeroOf));
}

function zeroOf(type: ParamType): unknown {
  if (type.isArray()) return Array.from({ length: Math.max(type.arrayLength, 0) }, () => zeroOf(type.arrayChildren));
  if (type.isTuple()) return type.components.map(zeroOf);
  if (type.type === "address") return ZeroAddress;
  if (type.type === "bool") return false;
  if (type.type === "string") return "";
  if (type.type.startsWith("bytes")) return new Uint8Array(Number(type.type.slice(5)));
  return 0;
}
