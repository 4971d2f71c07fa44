/// Environment variables as a list of headers: the header `x-b3-traceid` is the variable `X_B3_TRACEID`.
///
/// Use it for an environment that you read or write by yourself. ``LogContext/process`` has already read this process's
/// environment, and ``LogContext/childEnvironment(inheriting:codecs:)`` makes that of a child process. The carrier
/// changes a copy, never the environment itself.
///
/// Names of variables do not tell underscores from other characters: a ``HeaderCodec`` of your own sees the header
/// `tenant-trace` as `tenant_trace` here.
///
/// Specification: [OpenTelemetry, Environment Variables as Context Propagation
/// Carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/#key-name-normalization).
public struct EnvironmentCarrier: HeaderCarrier, Hashable, Sendable {
    /// All variables, with those that are not part of a context.
    public var variables: [String: String]

    /// Makes a carrier of a copy of these variables.
    public init(_ variables: [String: String]) {
        self.variables = variables
    }

    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        for (variable, value) in variables {
            guard let name = Self.headerName(of: variable) else { continue }
            body(name.utf8.span, value.utf8.span)
        }
    }

    public mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {
        variables = variables.filter { variable, _ in
            guard let name = Self.headerName(of: variable) else { return true }
            return !matches(name.utf8.span)
        }
    }

    /// A variable cannot hold a NUL byte: a value with one is left out.
    public mutating func appendHeader(name: String, value: Span<UInt8>) {
        guard !value.indices.contains(where: { value[$0] == 0 }) else { return }
        variables[Self.variableName(of: name)] = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The name of the variable for a header: ASCII letters in upper case, digits, and an underscore for every other
    /// character.
    public static func variableName(of header: String) -> String {
        var bytes: [UInt8] = []
        if header.utf8.first.map({ 48...57 ~= $0 }) ?? true { bytes.append(UInt8(ascii: "_")) }
        for scalar in header.unicodeScalars {
            switch scalar {
            case "a"..."z": bytes.append(UInt8(ascii: scalar) - 32)
            case "A"..."Z", "0"..."9": bytes.append(UInt8(ascii: scalar))
            default: bytes.append(UInt8(ascii: "_"))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The header of a variable. The result is nil if no header has this variable. An underscore stands for a dash in
    /// the trace headers that have dashes.
    private static func headerName(of variable: String) -> String? {
        guard variable == variableName(of: variable) else { return nil }
        let name = variable.lowercased()
        if name.hasPrefix("uberctx_") { return "uberctx-" + name.dropFirst(8) }
        if name.hasPrefix("ot_baggage_") { return "ot-baggage-" + name.dropFirst(11) }
        let hasDashes = ["x_", "uber_", "ot_tracer_"].contains { name.hasPrefix($0) }
        guard hasDashes || ["sw8_x", "sw8_correlation", "grpc_trace_bin"].contains(name) else { return name }
        return String(name.map { $0 == "_" ? "-" : $0 })
    }
}
