import ContextPropagation
import Testing

@Suite("Published vectors of each format", .timeLimit(.minutes(10)))
struct HeaderVectorTests {
    @Test("A valid traceparent is read", arguments: TraceParentVectors.valid)
    func validTraceparent(_ vector: HeaderVector) { vector.check(HeaderCodecs([.traceContext])) }

    @Test("An invalid traceparent is left out, with the reason", arguments: TraceParentVectors.invalid)
    func invalidTraceparent(_ vector: HeaderVector) { vector.check(HeaderCodecs([.traceContext])) }

    @Test(
        "A tracestate is passed on unchanged or left out as a whole, and never affects its traceparent",
        arguments: TraceStateVectors.all
    )
    func tracestate(_ vector: HeaderVector) { vector.check(HeaderCodecs([.traceContext])) }

    @Test("A tracestate without a valid traceparent is ignored", arguments: TraceStateVectors.withoutTrace)
    func tracestateAlone(_ vector: HeaderVector) { vector.check(HeaderCodecs([.traceContext])) }

    @Test("Valid baggage is read", arguments: BaggageVectors.valid)
    func validBaggage(_ vector: HeaderVector) { vector.check(HeaderCodecs([.baggage])) }

    @Test(
        "Faulty members are left out, and baggage over a limit is reduced or left out",
        arguments: BaggageVectors.invalid
    )
    func invalidBaggage(_ vector: HeaderVector) { vector.check(HeaderCodecs([.baggage])) }

    @Test(
        "B3 in one header is read with either of its names",
        arguments: B3Vectors.single,
        [HeaderFormat.b3, .b3Multi]
    )
    func b3(_ vector: HeaderVector, format: HeaderFormat) { vector.check(HeaderCodecs([format])) }

    @Test("A faulty b3 is left out, with the reason", arguments: B3Vectors.singleInvalid)
    func b3Invalid(_ vector: HeaderVector) { vector.check(HeaderCodecs([.b3])) }

    @Test(
        "B3 in several headers is read with either of its names",
        arguments: B3Vectors.multi,
        [HeaderFormat.b3, .b3Multi]
    )
    func b3Multi(_ vector: HeaderVector, format: HeaderFormat) { vector.check(HeaderCodecs([format])) }

    @Test("Jaeger's headers are read", arguments: JaegerVectors.valid)
    func jaeger(_ vector: HeaderVector) { vector.check(HeaderCodecs([.jaeger])) }

    @Test("Faulty headers of Jaeger are left out, with the reason", arguments: JaegerVectors.invalid)
    func jaegerInvalid(_ vector: HeaderVector) { vector.check(HeaderCodecs([.jaeger])) }

    @Test("X-Ray's header is read", arguments: XRayVectors.valid)
    func xray(_ vector: HeaderVector) { vector.check(HeaderCodecs([.xray])) }

    @Test("A faulty header of X-Ray is left out, with the reason", arguments: XRayVectors.invalid)
    func xrayInvalid(_ vector: HeaderVector) { vector.check(HeaderCodecs([.xray])) }

    @Test("X-Ray's header is read under the name for Lambda", arguments: XRayVectors.valid)
    func xrayLambda(_ vector: HeaderVector) { vector.check(HeaderCodecs([.xrayLambda])) }

    @Test("A faulty header of X-Ray is left out under the name for Lambda", arguments: XRayVectors.invalid)
    func xrayLambdaInvalid(_ vector: HeaderVector) { vector.check(HeaderCodecs([.xrayLambda])) }

    @Test("Datadog's headers are read, and faulty ones are left out with the reason", arguments: DatadogVectors.all)
    func datadog(_ vector: HeaderVector) { vector.check(HeaderCodecs([.datadog])) }

    @Test("OpenTracing's headers are read, and faulty ones are left out with the reason", arguments: OTTraceVectors.all)
    func ottrace(_ vector: HeaderVector) { vector.check(HeaderCodecs([.ottrace])) }

    @Test("Plain headers are read, and a text that cannot be on a line is left out", arguments: PlainVectors.all)
    func plain(_ vector: HeaderVector) { vector.check(HeaderCodecs([.plain])) }
}
