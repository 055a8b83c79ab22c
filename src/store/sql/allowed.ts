/**
 * Functions that a query may use, of the about 1,800 that the engine has (26.7). Each was judged: it reads its arguments and nothing else;
 * no file, no network, no other table, no setting, name or number of the server, no state, no waiting, no own code, no type by a name that
 * is computed, and no work that is out of proportion to its arguments (each runs to its end before a KILL is seen). All else is refused,
 * what a later engine brings, too. Names are looked up without regard to case.
 */
const PLAIN = words(`
  and or not xor if multiIf caseWithExpression coalesce ifNull nullIf isNull isNotNull assumeNotNull toNullable isZeroOrNull
  greatest least clamp
  equals notEquals less lessOrEquals greater greaterOrEquals isDistinctFrom isNotDistinctFrom in notIn nullIn notNullIn exists
  plus minus multiply divide intDiv intDivOrZero modulo mod moduloOrZero positiveModulo negate abs gcd lcm
  isFinite isInfinite isNaN ifNotFinite
  round roundBankers floor ceil ceiling trunc truncate roundDown roundToExp2 sign sqrt cbrt exp exp2 exp10 log ln log2 log10 log1p pow power
  sin cos tan asin acos atan atan2 degrees radians pi e hypot
  bitAnd bitOr bitXor bitNot bitShiftLeft bitShiftRight bitTest bitCount
  length lengthUTF8 CHAR_LENGTH CHARACTER_LENGTH OCTET_LENGTH empty notEmpty
  concat concat_ws concatWithSeparator lower upper lowerUTF8 upperUTF8 lcase ucase initcap reverse reverseUTF8
  substring substr mid substringUTF8 substringIndex left right leftUTF8 rightUTF8
  trim trimBoth trimLeft trimRight ltrim rtrim startsWith endsWith startsWithUTF8 endsWithUTF8
  position locate instr positionCaseInsensitive positionUTF8 positionCaseInsensitiveUTF8
  like notLike ilike notILike
  countSubstrings countSubstringsCaseInsensitive
  hasToken hasTokenCaseInsensitive hasAllTokens hasAnyTokens hasPhrase tokens
  multiSearchAny multiSearchAnyCaseInsensitive
  replace replaceAll replaceOne translate
  splitByChar splitByString splitByWhitespace splitByNonAlpha alphaTokens arrayStringConcat
  isValidUTF8 toValidUTF8 isValidASCII normalizeUTF8NFC normalizeUTF8NFKC
  base64Encode base64Decode tryBase64Decode hex unhex bin char ascii
  decodeURLComponent encodeURLComponent domain domainWithoutWWW topLevelDomain path pathFull protocol port queryString fragment
  extractURLParameter cutQueryString cutFragment
  MD5 SHA1 SHA256 SHA512 cityHash64 sipHash64 xxHash64 CRC32
  tuple tupleElement untuple array arrayElement map
  arrayMap arrayFilter arrayExists arrayAll arrayCount arrayFirst arrayLast arrayFirstIndex arrayLastIndex
  arraySum arrayAvg arrayMin arrayMax arrayCumSum arrayDifference arrayDistinct arrayUniq arraySort arrayReverseSort arrayReverse
  arraySlice arrayConcat arrayZip arrayEnumerate arrayEnumerateUniq arrayFlatten arrayCompact arrayIntersect
  arrayPopBack arrayPopFront arrayPushBack arrayPushFront arrayJoin has hasAll hasAny hasSubstr indexOf countEqual range lambda
  mapKeys mapValues mapContains mapContainsKey mapFilter mapApply mapFromArrays
  isValidJSON JSONHas JSONLength JSONType JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat JSONExtractBool
  JSONExtractRaw JSONExtractArrayRaw JSONExtractKeys
  toUInt8 toUInt16 toUInt32 toUInt64 toInt8 toInt16 toInt32 toInt64 toFloat32 toFloat64
  toUInt8OrNull toUInt16OrNull toUInt32OrNull toUInt64OrNull toInt8OrNull toInt16OrNull toInt32OrNull toInt64OrNull toFloat64OrNull
  toUInt8OrZero toUInt16OrZero toUInt32OrZero toUInt64OrZero toInt8OrZero toInt16OrZero toInt32OrZero toInt64OrZero toFloat64OrZero
  toDecimal32 toDecimal64 toDecimal128 toBool toTypeName toLowCardinality
  toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay toIntervalWeek toIntervalMonth toIntervalQuarter toIntervalYear
  toIntervalMillisecond toIntervalMicrosecond
  toUnixTimestamp64Milli toUnixTimestamp64Micro toUnixTimestamp64Second today yesterday monthName
  toIPv4 toIPv6 toIPv4OrNull toIPv6OrNull toIPv4OrZero toIPv6OrZero IPv4NumToString IPv6NumToString IPv4NumToStringClassC
  IPv4StringToNum IPv6StringToNum IPv4StringToNumOrNull IPv6StringToNumOrNull IPv4ToIPv6 cutIPv6 isIPv4String isIPv6String
  isIPAddressInRange IPv4CIDRToRange IPv6CIDRToRange
  greatCircleDistance geoDistance
  formatReadableSize formatReadableQuantity formatReadableTimeDelta bar transform grouping
`);

/** These go with OVER alone. */
const WINDOW = words(`
  row_number rank dense_rank denseRank percent_rank percentRank cume_dist ntile nth_value lag lead lagInFrame leadInFrame
`);

const AGGREGATES = words(`
  count sum avg min max any anyLast any_value first_value last_value anyHeavy argMin argMax min_by max_by median
  uniq uniqExact uniqCombined uniqCombined64 uniqHLL12 topK approx_top_k
  quantile quantiles quantileExact quantilesExact quantileTDigest quantilesTDigest
  stddevPop stddevSamp varPop varSamp covarPop covarSamp corr skewPop skewSamp kurtPop kurtSamp entropy
  simpleLinearRegression boundingRatio
  groupArray groupUniqArray groupArraySorted groupArrayLast groupArrayMovingSum groupArrayMovingAvg groupConcat array_agg string_agg
  groupBitAnd groupBitOr groupBitXor sumMap minMap maxMap sumMappedArrays sumCount avgWeighted deltaSum
  windowFunnel retention sequenceMatch sequenceCount maxIntersections sparkbar
`);

/** What may follow the name of an aggregate function. Not State, Merge, SimpleState: they make and read the engine's own memory images. */
const COMBINATORS = ['If', 'Array', 'Distinct', 'OrNull', 'OrDefault'].map((name) => name.toLowerCase());
const MOST_COMBINATORS = 3;

/**
 * Functions that take the name of a time zone, behind so many arguments of any kind. What follows must be written out, as a number or the
 * name of a zone: `file:/…` and `libc:…` are zones to the engine's time library, which then opens that file, or waits at that pipe for ever.
 */
const ZONED = new Map(
  Object.entries({
    0: 'now now64',
    1: `toDate toDate32 toDateTime toDateTime64 toDateOrNull toDateOrZero toDateTimeOrNull toDateTimeOrZero toDateTime64OrNull
      toDateTime64OrZero toString toUnixTimestamp parseDateTimeBestEffort parseDateTimeBestEffortOrNull parseDateTimeBestEffortOrZero
      parseDateTime64BestEffort parseDateTime64BestEffortOrNull fromUnixTimestamp64Milli fromUnixTimestamp64Micro
      fromUnixTimestamp64Second toTimeZone toTimezone
      toYear toQuarter toMonth toDayOfYear toDayOfMonth toDayOfWeek toHour toMinute toSecond toMillisecond toISOWeek toISOYear toWeek
      toYearWeek year quarter month day dayofmonth dayofweek dayofyear hour minute second week toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss
      toStartOfYear toStartOfQuarter toStartOfMonth toStartOfWeek toMonday toStartOfDay toStartOfHour toStartOfMinute toStartOfSecond
      toStartOfFiveMinutes toStartOfFiveMinute toStartOfTenMinutes toStartOfFifteenMinutes toStartOfISOYear toLastDayOfMonth last_day
      toRelativeDayNum toRelativeHourNum toRelativeMinuteNum timeSlot toDaysInMonth`,
    2: `formatDateTime date_format fromUnixTimestamp parseDateTime parseDateTimeOrNull parseDateTimeOrZero toStartOfInterval time_bucket
      date_bin dateTrunc date_trunc dateName addSeconds addMinutes addHours addDays addWeeks addMonths addQuarters addYears
      subtractSeconds subtractMinutes subtractHours subtractDays subtractWeeks subtractMonths subtractQuarters subtractYears`,
    3: 'dateDiff date_diff timestampDiff timestamp_diff age',
  }).flatMap(([free, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name.toLowerCase(), Number(free)] as const),
  ),
);

function words(text: string): ReadonlySet<string> {
  return new Set(
    text
      .trim()
      .split(/\s+/)
      .map((word) => word.toLowerCase()),
  );
}

/** Functions whose second argument is a regular expression, which must be written out and small: it is run on every row to the end. */
const PATTERNED =
  words(`match extract extractAll extractGroups extractAllGroups extractAllGroupsVertical extractAllGroupsHorizontal
  countMatches countMatchesCaseInsensitive replaceRegexpAll replaceRegexpOne`);

/** How a function may be used. */
export interface Allowed {
  /** What is behind so many arguments must be written out. */
  readonly freeArguments: number;
  /** What its second argument is, when that is looked at. */
  readonly second: 'type' | 'pattern' | null;
}

const FREE: Allowed = { freeArguments: Number.POSITIVE_INFINITY, second: null };
const CAST: Allowed = { freeArguments: 1, second: 'type' };
const PATTERN: Allowed = { ...FREE, second: 'pattern' };

/** Looks a function up, by its name as the query or the engine writes it; null when it is not to be used. */
export function allowed(name: string): Allowed | null {
  const low = name.toLowerCase();
  if (low === 'cast' || low === '_cast') return CAST;
  const freeArguments = ZONED.get(low);
  if (freeArguments !== undefined) return { freeArguments, second: null };
  if (PATTERNED.has(low)) return PATTERN;
  return PLAIN.has(low) || WINDOW.has(low) || isAggregate(low) ? FREE : null;
}

function isAggregate(name: string): boolean {
  let base = name;
  for (let left = MOST_COMBINATORS; left >= 0; left -= 1) {
    if (AGGREGATES.has(base)) return true;
    const combinator = COMBINATORS.find((one) => base.endsWith(one));
    if (combinator === undefined) return false;
    base = base.slice(0, -combinator.length);
  }
  return false;
}

/** Scalar types that a value may be made into. No AggregateFunction (a memory image), no Enum, JSON, Dynamic, Variant. */
const TYPES = words(`
  Bool UInt8 UInt16 UInt32 UInt64 UInt128 UInt256 Int8 Int16 Int32 Int64 Int128 Int256 Float32 Float64 Decimal Decimal32 Decimal64 Decimal128
  String FixedString Date Date32 DateTime DateTime64 UUID IPv4 IPv6 Nullable LowCardinality Array Tuple Map
  INT INTEGER BIGINT SMALLINT TINYINT TEXT VARCHAR CHAR DOUBLE FLOAT REAL TIMESTAMP BOOLEAN UNSIGNED SIGNED
`);

/** True for the text of a type without any string in it, for that could be a zone. */
export function isPlainType(type: string): boolean {
  if (!/^[A-Za-z0-9 (),]{1,200}$/.test(type)) return false;
  return (type.match(/[A-Za-z][A-Za-z0-9]*/g) ?? []).every((word) => TYPES.has(word.toLowerCase()));
}

/** True for a literal, as the syntax tree shows it, that may stand where a zone can: a number, or a name without a colon. */
export const isPlainLiteral = (literal: string): boolean =>
  /^(?:U?Int64_-?\d{1,20}|'[A-Za-z][A-Za-z0-9_+/-]{0,63}')$/.test(literal);

const MOST_PATTERN = 500;
const MOST_REPEATS = 100;

/** True for the literal of a regular expression whose counted repeats do not multiply to many states. */
export function isSmallPattern(literal: string): boolean {
  if (!/^'.*'$/s.test(literal) || literal.length > MOST_PATTERN) return false;
  const counts = [...literal.matchAll(/\{(\d*)(?:,(\d*))?\}/g)].map(([, from, to]) =>
    Math.max(Number(from), Number(to ?? 0), 1),
  );
  return counts.reduce((all, one) => all * one, 1) <= MOST_REPEATS;
}
