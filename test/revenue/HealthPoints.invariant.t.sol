// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessHash} from "../../contracts/access/AccessHash.sol";
import {CohortMember} from "../../contracts/access/AccessTypes.sol";
import {BatchId, InstitutionId, NO_CONSENT, NO_STUDY, RequestId} from "../../contracts/common/Types.sol";
import {IERC1056} from "../../contracts/identity/IERC1056.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {IHealthPoints} from "../../contracts/revenue/IHealthPoints.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice Answers for the broker: who was granted, and what was delivered.
contract DeliveringBroker {
    mapping(RequestId grant => mapping(bytes32 leaf => bool)) private _members;
    mapping(RequestId grant => mapping(bytes32 leaf => InstitutionId)) public deliveredBy;

    function addMember(RequestId grant, bytes32 leaf) external {
        _members[grant][leaf] = true;
    }

    function addDelivery(RequestId grant, bytes32 leaf) external {
        deliveredBy[grant][leaf] = InstitutionId.wrap(1);
    }

    function isMember(RequestId grant, CohortMember calldata member, bytes32[] calldata) external view returns (bool) {
        return _members[grant][AccessHash.member(member)];
    }
}

/// @notice Claims and redeems points at random, by anyone and anywhere, and keeps a plain account of each patient.
contract HealthPointsHandler {
    uint256 private constant PATIENTS = 3;
    uint256 private constant GRANTS = 4;
    uint40 private constant START = 1_000_000;
    uint32 private constant MEMBERS = 2;

    IHealthPoints private _points;
    /// Whether an act ever ended otherwise than the accounts foretold.
    bool public surprised;
    uint256 private _minted;
    uint256 private _redeemed;

    IERC1056 private _patients;
    IInstitutionRegistry private _institutions;
    DeliveringBroker private _broker;
    uint64 private _reward = 10;
    uint40 private _time = START;
    mapping(uint256 patient => uint256) private _held;
    mapping(uint256 patient => uint256) private _redemptions;
    mapping(uint256 patient => bool) private _deactivated;
    mapping(uint256 grant => mapping(uint256 patient => bool)) private _delivered;
    mapping(uint256 grant => mapping(uint256 patient => bool)) private _claimed;
    mapping(uint32 member => uint40) private _suspendedUntil;

    constructor() {
        vm.warp(START);
        address authority = deployAuthority(address(this));
        _institutions = IInstitutionRegistry(
            deploy("InstitutionRegistry", abi.encode(authority, address(deployToken())))
        );
        _patients = IERC1056(deploy("PatientRegistry", abi.encode(authority)));
        _broker = new DeliveringBroker();
        _points = IHealthPoints(
            deploy("HealthPoints", abi.encode(authority, _broker, _institutions, _patients, _reward))
        );
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            _institutions.admit(
                IInstitutionRegistry.InstitutionKind.HOSPITAL,
                0,
                true,
                START,
                START + 1,
                bytes32(uint256(1)),
                address(uint160(0xad0 + member))
            );
        }
        for (uint256 grant = 0; grant < GRANTS; ++grant) {
            // The last patient is in no grant.
            for (uint256 patient = 0; patient + 1 < PATIENTS; ++patient) {
                _broker.addMember(grantId(grant), leafOf(patient));
                if (grant % 2 == 0) _deliver(grant, patient);
            }
        }
    }

    /* ACTS */

    function pass(uint16 duration) external {
        _time += duration % 200;
        vm.warp(_time);
    }

    function setReward(uint64 reward, uint8 chance) external {
        // The largest now and then, and none, which is refused.
        if (chance % 8 == 0) reward = type(uint64).max;
        else reward %= 50;
        try _points.setReward(reward) {
            _note(reward != 0);
            _reward = reward;
        } catch {
            _note(reward == 0);
        }
    }

    function deliver(uint256 grant, uint256 patient) external {
        _deliver(grant % GRANTS, patient % PATIENTS);
    }

    function claim(uint256 grant, uint256 patient) external {
        (grant, patient) = (grant % GRANTS, patient % PATIENTS);
        bool expected =
            patient + 1 < PATIENTS && _delivered[grant][patient] && !_claimed[grant][patient] && !_deactivated[patient];
        try _points.claim(grantId(grant), memberOf(patient), new bytes32[](0)) {
            _note(expected);
            _claimed[grant][patient] = true;
            _held[patient] += _reward;
            _minted += _reward;
        } catch {
            _note(!expected);
        }
    }

    function redeem(uint256 patient, uint256 by, uint32 member, uint256 amount, bool all) external {
        patient %= PATIENTS;
        by = by % 4 == 0 ? by % PATIENTS : patient;
        // None, and no member, now and then.
        member =
            member % 8 == 0
                ? 0
                : member % 8 == 1
                    ? MEMBERS + 1
                    : (member % MEMBERS) + 1;
        if (all) amount = _held[patient];
        else if (amount % 4 != 0) amount %= 20;
        bool expected =
            by == patient &&
                !_deactivated[patient] &&
                member != 0 &&
                member <= MEMBERS &&
                _time >= _suspendedUntil[member] &&
                amount != 0 &&
                amount <= _held[patient];
        vm.prank(walletOf(by));
        try _points.redeem(walletOf(patient), InstitutionId.wrap(member), amount, bytes32(uint256(1))) {
            _note(expected);
            _held[patient] -= amount;
            _redeemed += amount;
            ++_redemptions[patient];
        } catch {
            _note(!expected);
        }
    }

    function suspend(uint32 member, uint16 duration) external {
        member = (member % MEMBERS) + 1;
        _suspendedUntil[member] = _time + 1 + (duration % 100);
        _institutions.suspend(InstitutionId.wrap(member), _suspendedUntil[member], 0);
    }

    /// @dev Seldom, since it is for ever.
    function deactivate(uint256 patient, uint8 chance) external {
        patient %= PATIENTS;
        if (chance % 16 != 0 || _deactivated[patient]) return;
        vm.prank(walletOf(patient));
        _patients.changeOwner(walletOf(patient), address(0));
        _deactivated[patient] = true;
    }

    /* NAMES */

    /// @notice Fails unless the contract says what the accounts say, and points minted are held or redeemed. Here, where the accounts are, since
    /// calls take longest.
    function check() external view {
        uint256 sum;
        for (uint256 patient = 0; patient < PATIENTS; ++patient) {
            address wallet = walletOf(patient);
            uint256 balance = _points.balanceOf(wallet);
            sum += balance;
            require(balance == _held[patient], "held");
            require(_points.nonceOf(wallet) == _redemptions[patient], "nonce");
            bytes32 leaf = leafOf(patient);
            for (uint256 grant = 0; grant < GRANTS; ++grant) {
                require(_points.isClaimed(grantId(grant), leaf) == _claimed[grant][patient], "claimed");
            }
        }
        require(_points.totalMinted() == sum + _points.totalRedeemed(), "sum");
        require(_points.totalMinted() == _minted, "minted");
        require(_points.totalRedeemed() == _redeemed, "redeemed");
    }

    function walletOf(uint256 patient) public pure returns (address) {
        return address(uint160(0xbeef00 + patient));
    }

    function grantId(uint256 grant) public pure returns (RequestId) {
        return RequestId.wrap(bytes32(grant + 1));
    }

    function memberOf(uint256 patient) public pure returns (CohortMember memory) {
        return
            CohortMember({
                study: NO_STUDY,
                patient: walletOf(patient),
                consent: NO_CONSENT,
                batch: BatchId.wrap(bytes32(uint256(1))),
                record: bytes32(patient + 1)
            });
    }

    function leafOf(uint256 patient) public pure returns (bytes32) {
        return AccessHash.member(memberOf(patient));
    }

    /* PRIVATE */

    function _deliver(uint256 grant, uint256 patient) private {
        _delivered[grant][patient] = true;
        _broker.addDelivery(grantId(grant), leafOf(patient));
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract HealthPointsInvariantTest {
    HealthPointsHandler private _handler;

    function setUp() external {
        _handler = new HealthPointsHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Of one campaign: each invariant function would be a campaign of its own.
    function invariant_all() external view {
        require(!_handler.surprised(), "surprised");
        _handler.check();
    }
}
