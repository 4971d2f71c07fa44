/// The reason why a header that was there could not be used.
///
/// It prints as a few words that log lines and the labels of counters show: `upper-case hex`, `version ff`,
/// `duplicate`.
public struct HeaderFault: Error, Hashable, Sendable {
    enum Code: UInt8, CaseIterable {
        case tooShort = 1
        case tooLong
        case malformed
        case notHex
        case upperCaseHex
        case versionFF
        case zeroTraceID
        case zeroSpanID
        case notText
        case controlCharacter
        case duplicate
        case tooManyMembers
        case incomplete
        case withoutTrace
    }

    let code: Code

    /// The value is shorter than the fields of the format.
    public static let tooShort = HeaderFault(code: .tooShort)
    /// The value is longer than the format allows, or exceeds the limit for reading.
    public static let tooLong = HeaderFault(code: .tooLong)
    /// A separator, a field or a member does not follow the format.
    public static let malformed = HeaderFault(code: .malformed)
    /// A byte in an identifier or in flags is not a hex digit.
    public static let notHex = HeaderFault(code: .notHex)
    /// Hex digits are in upper case, and the format requires lower case.
    public static let upperCaseHex = HeaderFault(code: .upperCaseHex)
    /// The version of `traceparent` is `ff`, which is forbidden.
    public static let versionFF = HeaderFault(code: .versionFF)
    /// The trace ID is all zeros.
    public static let zeroTraceID = HeaderFault(code: .zeroTraceID)
    /// The span ID is all zeros.
    public static let zeroSpanID = HeaderFault(code: .zeroSpanID)
    /// The bytes are not UTF-8.
    public static let notText = HeaderFault(code: .notText)
    /// A plain identifier holds a control character.
    public static let controlCharacter = HeaderFault(code: .controlCharacter)
    /// More than one header has the name, and ``HeaderDuplicates/restart`` applies.
    public static let duplicate = HeaderFault(code: .duplicate)
    /// `tracestate` has more than 32 members, or baggage has more than 64.
    public static let tooManyMembers = HeaderFault(code: .tooManyMembers)
    /// A part of the context is missing, such as B3's span ID.
    public static let incomplete = HeaderFault(code: .incomplete)
    /// There is a `tracestate` without a valid `traceparent`.
    public static let withoutTrace = HeaderFault(code: .withoutTrace)

    /// Every fault, in the order in which ``HeaderCodecStatistics`` shows them.
    public static var allCases: [HeaderFault] { Code.allCases.map { HeaderFault(code: $0) } }
}

extension HeaderFault: CaseIterable {}

extension HeaderFault: CustomStringConvertible {
    /// The reason in a few words.
    public var description: String {
        switch code {
        case .tooShort: "too short"
        case .tooLong: "too long"
        case .malformed: "malformed"
        case .notHex: "not hex"
        case .upperCaseHex: "upper-case hex"
        case .versionFF: "version ff"
        case .zeroTraceID: "zero trace ID"
        case .zeroSpanID: "zero span ID"
        case .notText: "not UTF-8"
        case .controlCharacter: "control character"
        case .duplicate: "duplicate"
        case .tooManyMembers: "too many members"
        case .incomplete: "incomplete"
        case .withoutTrace: "without a trace"
        }
    }
}
