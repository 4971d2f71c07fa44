import ContextPropagation

extension HeaderFilter {
    static let usage = """
        Usage: header-filter propagate [--codecs LIST] [--duplicates last|restart|first]
               header-filter extract [--duplicates last|restart|first]

        Reads one JSON object from each line of standard input, and writes one JSON object for each.

        propagate  in   {"headers":[["traceparent","00-…"],["tenant",null]]}
                   out  the same form with the headers of an outgoing call, in a child of the span in the input,
                        or in a new trace
        extract    in   {"codec":"w3c|baggage|b3|…","headers":[…]}
                   out  {"trace_id":…,"span_id":…,"sampled":…,"debug":…,"tracestate":…,"baggage":…}, with null for
                        each missing value

        A value that is not UTF-8 is read and written as {"name":…,"value_b64":…} in place of the pair. The answer to a
        line that cannot be read is {"error":…}.

          --codecs LIST      names as in OTEL_PROPAGATORS, separated by commas
                             (default: OTEL_PROPAGATORS, or tracecontext,baggage,plain)
          --duplicates RULE  the header to read of several with one name: last (default), first, or none (restart)
          --help             this text
        """

    enum Parsed {
        case run(HeaderFilter)
        case help(String)
        case mistake(String)
    }

    static func parse(arguments: [String]) -> Parsed {
        var command: String?
        var codecs: HeaderCodecs?
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
                case let other:
                    return .mistake("--duplicates must be last, restart or first, but is \(other ?? "missing")")
                }
            case "propagate", "extract":
                command = argument
            default:
                return .mistake("\"\(argument)\" is neither a command nor an option")
            }
        }
        switch command {
        case "propagate":
            if codecs == nil, let problem = HeaderCodecs.environmentProblems.first {
                return .mistake("OTEL_PROPAGATORS: \(problem.reason)")
            }
            let formats = (codecs ?? .environment).formats
            return .run(HeaderFilter(command: .propagate(HeaderCodecs(formats, duplicates: duplicates))))
        case "extract":
            return .run(HeaderFilter(command: .extract(duplicates)))
        default:
            return .mistake("the command is missing: propagate or extract")
        }
    }
}
