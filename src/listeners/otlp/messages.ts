import type { MessageType } from '../http/protobuf.ts';

// The logs' part of OTLP 1.x, as opentelemetry-proto defines it (collector/logs/v1, logs/v1, resource/v1, common/v1), with OTLP/JSON's names.

const anyValue: MessageType = {
  1: { name: 'stringValue', is: 'string' },
  2: { name: 'boolValue', is: 'bool' },
  3: { name: 'intValue', is: 'int64' },
  4: { name: 'doubleValue', is: 'double' },
  5: { name: 'arrayValue', is: () => arrayValue },
  6: { name: 'kvlistValue', is: () => keyValueList },
  7: { name: 'bytesValue', is: 'base64' },
};
const arrayValue: MessageType = { 1: { name: 'values', is: () => anyValue, repeated: true } };
const keyValueList: MessageType = { 1: { name: 'values', is: () => keyValue, repeated: true } };
const keyValue: MessageType = { 1: { name: 'key', is: 'string' }, 2: { name: 'value', is: () => anyValue } };

const entityRef: MessageType = {
  1: { name: 'schemaUrl', is: 'string' },
  2: { name: 'type', is: 'string' },
  3: { name: 'idKeys', is: 'string', repeated: true },
  4: { name: 'descriptionKeys', is: 'string', repeated: true },
};
const resource: MessageType = {
  1: { name: 'attributes', is: () => keyValue, repeated: true },
  2: { name: 'droppedAttributesCount', is: 'uint32' },
  3: { name: 'entityRefs', is: () => entityRef, repeated: true },
};
const scope: MessageType = {
  1: { name: 'name', is: 'string' },
  2: { name: 'version', is: 'string' },
  3: { name: 'attributes', is: () => keyValue, repeated: true },
  4: { name: 'droppedAttributesCount', is: 'uint32' },
};

/** ExportLogsServiceRequest; its parts are read one by one, so that not all of a body stands in memory as objects. */
export const exportRequest: MessageType = { 1: { name: 'resourceLogs', is: 'part', repeated: true } };

/** ResourceLogs. */
export const resourceLogs: MessageType = {
  1: { name: 'resource', is: () => resource },
  2: { name: 'scopeLogs', is: 'part', repeated: true },
  3: { name: 'schemaUrl', is: 'string' },
};

/** ScopeLogs. */
export const scopeLogs: MessageType = {
  1: { name: 'scope', is: () => scope },
  2: { name: 'logRecords', is: 'part', repeated: true },
  3: { name: 'schemaUrl', is: 'string' },
};

/** LogRecord. */
export const logRecord: MessageType = {
  1: { name: 'timeUnixNano', is: 'fixed64' },
  2: { name: 'severityNumber', is: 'int32' },
  3: { name: 'severityText', is: 'string' },
  5: { name: 'body', is: () => anyValue },
  6: { name: 'attributes', is: () => keyValue, repeated: true },
  7: { name: 'droppedAttributesCount', is: 'uint32' },
  8: { name: 'flags', is: 'fixed32' },
  9: { name: 'traceId', is: 'hex' },
  10: { name: 'spanId', is: 'hex' },
  11: { name: 'observedTimeUnixNano', is: 'fixed64' },
  12: { name: 'eventName', is: 'string' },
};
