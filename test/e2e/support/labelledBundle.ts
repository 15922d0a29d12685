type Resource = Record<string, unknown> & { resourceType: string; meta?: object };
type Entry = { fullUrl?: string; resource: Resource };

const CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/**
 * A few of a Synthea bundle's lab results, as a hospital that labels its data would hold them: the first is of low confidentiality,
 * and a sequence, which Synthea does not make, stands beside them.
 */
export function labelledBundle(bundle: string): string {
  const { entry } = JSON.parse(bundle) as { entry: Entry[] };
  const patient = entry.find(({ resource }) => resource.resourceType === "Patient")!;
  const labs = entry.filter(
    ({ resource }) =>
      resource.resourceType === "Observation" && JSON.stringify(resource["category"] ?? "").includes("laboratory"),
  );
  const [first, ...others] = labs.slice(0, 5).map(({ resource }) => resource) as [Resource, ...Resource[]];
  const sequence: Resource = {
    resourceType: "MolecularSequence",
    type: "dna",
    coordinateSystem: 0,
    patient: { reference: patient.fullUrl },
  };
  const labelled = { ...first, meta: { ...first.meta, security: [{ system: CONFIDENTIALITY, code: "L" }] } };
  const resources = [labelled, ...others, sequence].map((resource) => ({ resource }));
  return JSON.stringify({ resourceType: "Bundle", type: "collection", entry: [patient, ...resources] });
}
