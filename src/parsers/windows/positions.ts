const SUBJECT = ['SubjectUserSid', 'SubjectUserName', 'SubjectDomainName', 'SubjectLogonId'];
const TARGET = ['TargetUserSid', 'TargetUserName', 'TargetDomainName'];
const PACKAGE = [
  'TransmittedServices',
  'LmPackageName',
  'KeyLength',
  'ProcessId',
  'ProcessName',
  'IpAddress',
  'IpPort',
];
/** Names of an event's values in the order of Microsoft's schemas, by event: PowerShell writes the values without them. */
export const ORDERS: ReadonlyMap<number, readonly string[]> = new Map([
  [
    4624,
    [
      ...SUBJECT,
      ...TARGET,
      'TargetLogonId',
      ...['LogonType', 'LogonProcessName', 'AuthenticationPackageName', 'WorkstationName', 'LogonGuid'],
      ...PACKAGE,
      ...['ImpersonationLevel', 'RestrictedAdminMode', 'TargetOutboundUserName', 'TargetOutboundDomainName'],
      ...['VirtualAccount', 'TargetLinkedLogonId', 'ElevatedToken'],
    ],
  ],
  [
    4625,
    [
      ...SUBJECT,
      ...TARGET,
      ...['Status', 'FailureReason', 'SubStatus', 'LogonType', 'LogonProcessName', 'AuthenticationPackageName'],
      ...['WorkstationName', ...PACKAGE],
    ],
  ],
  [4634, [...TARGET, 'TargetLogonId', 'LogonType']],
  [4647, [...TARGET, 'TargetLogonId']],
  [
    4648,
    [
      ...SUBJECT,
      ...['LogonGuid', 'TargetUserName', 'TargetDomainName', 'TargetLogonGuid', 'TargetServerName', 'TargetInfo'],
      ...['ProcessId', 'ProcessName', 'IpAddress', 'IpPort'],
    ],
  ],
  [4672, [...SUBJECT, 'PrivilegeList']],
  [
    4688,
    [
      ...SUBJECT,
      ...['NewProcessId', 'NewProcessName', 'TokenElevationType', 'ProcessId', 'CommandLine', ...TARGET],
      ...['TargetLogonId', 'ParentProcessName', 'MandatoryLabel'],
    ],
  ],
  [4697, [...SUBJECT, 'ServiceName', 'ServiceFileName', 'ServiceType', 'ServiceStartType', 'ServiceAccount']],
  [4698, [...SUBJECT, 'TaskName', 'TaskContent']],
  [4702, [...SUBJECT, 'TaskName', 'TaskContentNew']],
  [4720, ['TargetUserName', 'TargetDomainName', 'TargetSid', ...SUBJECT]],
  [4732, ['MemberName', 'MemberSid', 'TargetUserName', 'TargetDomainName', 'TargetSid', ...SUBJECT]],
  [5140, [...SUBJECT, 'ObjectType', 'IpAddress', 'IpPort', 'ShareName', 'ShareLocalPath', 'AccessMask']],
  [
    5145,
    [
      ...SUBJECT,
      'ObjectType',
      'IpAddress',
      'IpPort',
      'ShareName',
      'ShareLocalPath',
      'RelativeTargetName',
      'AccessMask',
    ],
  ],
  [7045, ['ServiceName', 'ImagePath', 'ServiceType', 'StartType', 'AccountName']],
]);
