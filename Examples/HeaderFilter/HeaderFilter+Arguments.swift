import ContextPropagation

extension HeaderFilter {
    static let usage = """
        Usage: header-filter propagate [--codecs LIST] [--duplicates last|restart|first]
               header-filter extract [--duplicates last|restart|first]

        Reads one JSON object to a line and answers each with one, until standard input ends.

        propagate  in   {"headers":[["traceparent","00-…"],["tenant",null]]}
                   out  the same form: the headers of an outgoing call, as a child of the span that was found,
                        or in a new trace
        extract    in   {"codec":"w3c|baggage|b3|b3multi|jaeger|xray|plain","headers":[…]}
                   out  {"trace_id":…,"span_id":…,"sampled":…,"debug":…,"tracestate":…,"baggage":…}; null where
                        there is none

        A value that is not UTF-8 comes and goes as {"name":…,"value_b64":…} in place of the pair. A line that cannot be
        read is answered with {"error":…}.

          --codecs LIST      tracecontext, baggage, b3, b3multi, jaeger, xray, plain, none, with commas between them
                             (default: OTEL_PROPAGATORS, else tracecontext,baggage,plain)
          --duplicates RULE  which of several headers of one name is read: last (default), first, or none (restart)
          --help             this text
        """

    enum Parsed {
        case run(HeaderFilter)
        case help(String)
        case mistake(String)
    }

    static func parse(arguments: [String]) -> Parsed {
        var command: String?
        var codecs = HeaderCodecs.environment
        var duplicates = HeaderDuplicates.last
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h":
                return .help(usage)
            case "--codecs":
                guard let list = rest.popFirst() else { return .mistake("--codecs needs a list") }
                let reading = PropagatorsReading(list)
                if let problem = reading.problems.first { return .mistake("--codecs: \(problem.reason)") }
                codecs = reading.codecs
            case "--duplicates":
                switch rest.popFirst() {
                case "last": duplicates = .last
                case "restart": duplicates = .restart
                case "first": duplicates = .first
                case let other: return .mistake("--duplicates is last, restart or first, not \(other ?? "nothing")")
                }
            case "propagate", "extract":
                command = argument
            default:
                return .mistake("\"\(argument)\" is neither a command nor an option")
            }
        }
        switch command {
        case "propagate":
            return .run(HeaderFilter(command: .propagate(HeaderCodecs(codecs.formats, duplicates: duplicates))))
        case "extract":
            return .run(HeaderFilter(command: .extract(duplicates)))
        default:
            return .mistake("the command is missing: propagate or extract")
        }
    }
}
