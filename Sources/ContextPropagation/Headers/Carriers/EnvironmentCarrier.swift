/// Environment variables as a list of headers: `x-b3-traceid` is `X_B3_TRACEID`.
///
/// When to use it: for a context in an environment that is not this process's own at its start, which
/// ``LogContext/process`` has read, nor a child's, which ``LogContext/childEnvironment(inheriting:codecs:)`` makes. It
/// changes a copy, never the environment itself.
///
/// A variable does not say which header it was: a ``HeaderCodec`` of your own meets its `tenant-trace` as
/// `tenant_trace` here.
///
/// Specification: [OpenTelemetry, Environment Variables as Context Propagation
/// Carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/#key-name-normalization).
public struct EnvironmentCarrier: HeaderCarrier, Hashable, Sendable {
    /// The variables, those without a context among them.
    public var variables: [String: String]

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

    /// A value that holds a NUL, which no variable can, is left out.
    public mutating func appendHeader(name: String, value: Span<UInt8>) {
        guard !value.indices.contains(where: { value[$0] == 0 }) else { return }
        variables[Self.variableName(of: name)] = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// A header's name as that of a variable: ASCII letters in upper case, all else but digits an underscore.
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

    /// The header that a variable stands for; nil for a name that no header has. An underscore can stand for any other
    /// character: for a dash in those of our headers that have dashes.
    private static func headerName(of variable: String) -> String? {
        guard variable == variableName(of: variable) else { return nil }
        let name = variable.lowercased()
        if name.hasPrefix("uberctx_") { return "uberctx-" + name.dropFirst(8) }
        guard name.hasPrefix("x_") || name.hasPrefix("uber_") else { return name }
        return String(name.map { $0 == "_" ? "-" : $0 })
    }
}
