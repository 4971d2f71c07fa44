/// Why a header that was there gave nothing.
///
/// Its description is what people read in a log line or a counter's label: `upper-case hex`, `version ff`, `duplicate`.
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

    /// Shorter than the format's fields are together.
    public static let tooShort = HeaderFault(code: .tooShort)
    /// Longer than the format, or than the limit that is set while reading.
    public static let tooLong = HeaderFault(code: .tooLong)
    /// A separator, a field or a member is not as the format says.
    public static let malformed = HeaderFault(code: .malformed)
    /// A byte that is no hex digit in an identifier or in flags.
    public static let notHex = HeaderFault(code: .notHex)
    /// Hex digits in upper case, in a format that asks for lower case.
    public static let upperCaseHex = HeaderFault(code: .upperCaseHex)
    /// The version of `traceparent` that is forbidden.
    public static let versionFF = HeaderFault(code: .versionFF)
    /// A trace ID of zeros.
    public static let zeroTraceID = HeaderFault(code: .zeroTraceID)
    /// A span ID of zeros.
    public static let zeroSpanID = HeaderFault(code: .zeroSpanID)
    /// Bytes that are not UTF-8.
    public static let notText = HeaderFault(code: .notText)
    /// A control character in a plain identifier.
    public static let controlCharacter = HeaderFault(code: .controlCharacter)
    /// More than one header of the name, under ``HeaderDuplicates/restart``.
    public static let duplicate = HeaderFault(code: .duplicate)
    /// More than 32 members of `tracestate`, or 64 of `baggage`.
    public static let tooManyMembers = HeaderFault(code: .tooManyMembers)
    /// One of the headers that make a context together is missing, as B3's span ID.
    public static let incomplete = HeaderFault(code: .incomplete)
    /// `tracestate` where there is no valid `traceparent`.
    public static let withoutTrace = HeaderFault(code: .withoutTrace)

    /// All of them, in the order in which ``HeaderCodecStatistics`` shows them.
    public static var allCases: [HeaderFault] { Code.allCases.map { HeaderFault(code: $0) } }
}

extension HeaderFault: CustomStringConvertible {
    /// A few words in lower case.
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
