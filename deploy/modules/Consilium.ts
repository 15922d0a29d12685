import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import {
  ADMIN_ROLE_ID,
  CONTRACT_HOLDERS,
  HOLDER_CONTRACTS,
  isContractsAlone,
  isHolderName,
  ROLE_IDS,
  type Holder,
  type Permission,
  type Role,
  type RoleHolders,
} from "../roles.ts";
import { access } from "./Access.ts";
import { committeesModule, type CommitteesParameters } from "./Committees.ts";
import { consent } from "./Consent.ts";
import { governance } from "./Governance.ts";
import { identity } from "./Identity.ts";
import { records as recordsModule } from "./Records.ts";
import { revenue } from "./Revenue.ts";
import { supervision } from "./Supervision.ts";

export type ConsiliumParameters = CommitteesParameters & { holders: RoleHolders; permissions: Permission[] };

/**
 * The whole suite with its roles. A function, since the number of steps depends on the number of holders.
 *
 * The deployer holds ADMIN from the first step; the last one takes it away again, unless the deployer is the admin.
 */
export function consilium({ holders, permissions, ...committees }: ConsiliumParameters) {
  const { deployer } = committees;
  return buildModule("Consilium", (m) => {
    const { authority } = m.useModule(governance);
    const { institutions, patients } = m.useModule(identity);
    const { seats, timelock, governor, ...groups } = m.useModule(committeesModule(committees));
    const { records } = m.useModule(recordsModule);
    const { consents } = m.useModule(consent);
    const { studies, rules, broker } = m.useModule(access);
    const { fund, splitter, points } = m.useModule(revenue);
    const { sanctions, emergencies, contributions } = m.useModule(supervision);
    const contracts = {
      AccessManager: authority,
      TimelockController: timelock,
      ConsiliumGovernor: governor,
      InstitutionRegistry: institutions,
      CommitteeSeats: seats,
      StandardsGroup: groups.standardsGroup,
      TechnologyGroup: groups.technologyGroup,
      EthicsGroup: groups.ethicsGroup,
      SupervisionGroup: groups.supervisionGroup,
      PatientRegistry: patients,
      GuardianOrders: groups.guardianOrders,
      RecordRegistry: records,
      ConsentRegistry: consents,
      StudyRegistry: studies,
      RuleSet: rules,
      AccessBroker: broker,
      PatientHealthFund: fund,
      RevenueSplitter: splitter,
      HealthPoints: points,
      Supervision: sanctions,
      EmergencyAccess: emergencies,
      ContributionLedger: contributions,
    };
    const account = (holder: Holder) => (isHolderName(holder) ? contracts[HOLDER_CONTRACTS[holder]] : holder);

    // While limits and admissions have no role of their own they are the admin's, so they come before the roles.
    const limits = m.call(studies, "setSandboxLimits", [m.getParameter("maxSubjects"), m.getParameter("maxDuration")]);
    const wiring = [
      ...permissions.map(({ role, contract, selectors }) =>
        m.call(authority, "setTargetFunctionRole", [contracts[contract], selectors, ROLE_IDS[role]], {
          id: `${role}_of_${contract}`,
          after: [limits, seats],
        }),
      ),
      ...(Object.keys(ROLE_IDS) as Role[]).flatMap((role) => [
        m.call(authority, "labelRole", [ROLE_IDS[role], role.toUpperCase()], { id: `label_${role}` }),
        ...(isContractsAlone(role) ? [] : holders[role]).map((holder) =>
          m.call(authority, "grantRole", [ROLE_IDS[role], account(holder), 0], { id: `${role}_to_${holder}` }),
        ),
      ]),
      ...Object.entries(CONTRACT_HOLDERS).flatMap(([role, names]) =>
        names.map((name) =>
          m.call(authority, "grantRole", [ROLE_IDS[role as Role], contracts[name], 0], { id: `${role}_to_${name}` }),
        ),
      ),
    ];

    if (holders.admin !== deployer) {
      const granted = m.call(authority, "grantRole", [ADMIN_ROLE_ID, account(holders.admin), 0], {
        id: "admin_granted",
        after: wiring,
      });
      m.call(authority, "renounceRole", [ADMIN_ROLE_ID, deployer], { id: "admin_renounced", after: [granted] });
    }
    return contracts;
  });
}
