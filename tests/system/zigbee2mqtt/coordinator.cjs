// A Zigbee coordinator without a radio, for the published zigbee2mqtt program: `node --require coordinator.cjs index.js`.
//
// Everything above the adapter is the program's own (herdsman, converters, MQTT, the Home Assistant extension). The devices are
// those of its database file. They take every command, keep what is written to them, and answer reads.
"use strict";

const { createRequire } = require("node:module");
const events = require("node:events");
const path = require("node:path");

const program = createRequire(path.join(process.cwd(), "node_modules", "zigbee2mqtt", "index.js"));
const { Adapter } = program("zigbee-herdsman/dist/adapter/adapter");
const Zcl = program("zigbee-herdsman/dist/zspec/zcl");

const COORDINATOR = "0x00124b00f0f0f0f0";
const ONOFF = { on: 1, off: 0 };

class SilentAdapter extends events.EventEmitter {
    constructor(network) {
        super();
        this.hasZdoMessageOverhead = false;
        this.manufacturerID = Zcl.ManufacturerCode.TEXAS_INSTRUMENTS;
        this.network = network;
        this.kept = new Map();
    }

    async start() { return "resumed"; }
    async stop() {}
    async getCoordinatorIEEE() { return COORDINATOR; }
    async getCoordinatorVersion() { return { type: "none", meta: {} }; }
    async reset() {}
    async supportsBackup() { return false; }
    async getNetworkParameters() {
        return { panID: this.network.panID, extendedPanID: "0xdddddddddddddddd", channel: this.network.channelList[0], nwkUpdateID: 0 };
    }
    async addInstallCode() {}
    waitFor() { return { promise: new Promise(() => {}), cancel: () => {} }; }
    async sendZdo() { return [0, {}]; }
    async permitJoin() {}
    async sendZclFrameToGroup() {}
    async sendZclFrameToAll() {}

    // A device tells by itself that one of its values changed.
    report(ieee, address, endpoint, cluster, attrId, attrData) {
        const dataType = Object.values(cluster.attributes).find((attribute) => attribute.ID === attrId).type;
        const frame = Zcl.Frame.create(
            Zcl.FrameType.GLOBAL, Zcl.Direction.SERVER_TO_CLIENT, true, undefined, 1, "report", cluster.ID,
            [{ attrId, dataType, attrData }], {},
        );
        const data = frame.toBuffer();
        this.emit("zclPayload", {
            address, clusterID: cluster.ID, data, header: Zcl.Header.fromBuffer(data), endpoint, linkquality: 200,
            groupID: 0, wasBroadcast: false, destinationEndpoint: 1,
        });
    }

    async sendZclFrameToEndpoint(ieee, address, endpoint, frame, _timeout, disableResponse) {
        const place = (attribute) => `${ieee} ${endpoint} ${frame.cluster.name} ${attribute}`;
        let answer = ["defaultRsp", { cmdId: frame.command.ID, statusCode: 0 }];
        if (frame.header.isGlobal) {
            if (frame.command.name === "read") {
                const records = frame.payload.map(({ attrId }) => {
                    const known = Object.values(frame.cluster.attributes).find((attribute) => attribute.ID === attrId);
                    const kept = this.kept.get(place(attrId));
                    if (known === undefined || (kept === undefined && known.type > Zcl.DataType.DOUBLE_PREC)) return { attrId, status: 0x86 };
                    return { attrId, status: 0, dataType: known.type, attrData: kept ?? 0 };
                });
                answer = ["readRsp", records];
            } else if (frame.command.name.startsWith("write")) {
                for (const { attrId, attrData } of frame.payload) this.kept.set(place(attrId), attrData);
                answer = ["writeRsp", [{ status: 0 }]];
            } else if (frame.command.name === "configReport") {
                answer = ["configReportRsp", [{ status: 0 }]];
            }
        } else if (frame.cluster.name === "genOnOff" && frame.command.name in ONOFF) {
            this.kept.set(place(0), ONOFF[frame.command.name]);
        } else if (frame.cluster.name === "closuresDoorLock") {
            answer = [`${frame.command.name}Rsp`, { status: 0 }];
            const state = frame.command.name === "lockDoor" ? 1 : 2;
            this.kept.set(place(0), state);
            setTimeout(() => this.report(ieee, address, endpoint, frame.cluster, 0, state), 50);
        } else if (frame.command.name === "danfossSetpointCommand") {
            setTimeout(() => this.report(ieee, address, endpoint, frame.cluster, 0x12, frame.payload.setpoint), 50);
        }
        if (disableResponse) return undefined;
        const global = ["defaultRsp", "readRsp", "writeRsp", "configReportRsp"].includes(answer[0]);
        const reply = Zcl.Frame.create(
            global ? Zcl.FrameType.GLOBAL : Zcl.FrameType.SPECIFIC, Zcl.Direction.SERVER_TO_CLIENT, true,
            frame.header.manufacturerCode, frame.header.transactionSequenceNumber, answer[0], frame.cluster.ID, answer[1], {},
        );
        const data = reply.toBuffer();
        const received = {
            address, clusterID: frame.cluster.ID, data, header: Zcl.Header.fromBuffer(data), endpoint, linkquality: 200,
            groupID: 0, wasBroadcast: false, destinationEndpoint: 1,
        };
        setImmediate(() => this.emit("zclPayload", received));
        return received;
    }
}

Adapter.create = async (network) => new SilentAdapter(network);
