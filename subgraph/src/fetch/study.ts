import { Bytes } from "@graphprotocol/graph-ts";
import { Study } from "../../generated/schema";

/** Complete only once it was registered, in version 1. */
export function fetchStudy(id: Bytes): Study {
  let study = Study.load(id);
  if (study === null) {
    study = new Study(id);
    study.version = 0;
  }
  return study;
}
