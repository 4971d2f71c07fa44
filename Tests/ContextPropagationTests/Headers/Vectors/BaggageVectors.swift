import ContextPropagation

/// Vectors for `baggage`, from W3C Baggage and the cases of its reference parser.
enum BaggageVectors {
    static let valid: [HeaderVector] = [
        .init("3.2.1 parse_simple", ["baggage": "SomeKey=SomeValue"], baggage: ["SomeKey=SomeValue"]),
        .init(
            "3.2.1 parse_multiple",
            ["baggage": "SomeKey=SomeValue;SomeProp,SomeKey2=SomeValue2;ValueProp=PropVal"],
            baggage: ["SomeKey=SomeValue", "SomeKey2=SomeValue2"]
        ),
        .init(
            "3.2.1 parse_multiple_ows",
            [
                "baggage":
                    "SomeKey \t = \t SomeValue \t ; \t SomeProp \t , \t SomeKey2 \t = \t SomeValue2 \t ; \t ValueProp \t = \t PropVal"
            ],
            baggage: ["SomeKey=SomeValue", "SomeKey2=SomeValue2"]
        ),
        .init(
            "3.2.1 parse_multiple_kv_property",
            ["baggage": "SomeKey=SomeValue;SomePropKey=SomePropValue,SomeKey2=SomeValue2;SomePropKey2=SomePropValue2"],
            baggage: ["SomeKey=SomeValue", "SomeKey2=SomeValue2"]
        ),
        .init(
            "3.2.1 parse_multiple_kv_property_ows",
            [
                "baggage":
                    "SomeKey \t = \t SomeValue \t ; \t SomePropKey=SomePropValue \t , \t SomeKey2 \t = \t SomeValue2 \t ; \t SomePropKey2 \t = \t SomePropValue2"
            ],
            baggage: ["SomeKey=SomeValue", "SomeKey2=SomeValue2"]
        ),
        .init(
            "3.2.1.3 parse_multiple_equals",
            ["baggage": "SomeKey=SomeValue=equals"],
            baggage: ["SomeKey=SomeValue=equals"]
        ),
        .init(
            "3.2.1.3 parse_percent_encoded",
            ["baggage": "SomeKey=%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29"],
            baggage: ["SomeKey=\t \"';=asdf!@#$%^&*()"]
        ),
        .init(
            "3.2.1.3 parse_percent_encoded_ows",
            ["baggage": "SomeKey \t = \t %09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29 \t "],
            baggage: ["SomeKey=\t \"';=asdf!@#$%^&*()"]
        ),
        .init("3.2.1.4 parse_property", ["baggage": "SomeKey=SomeValue;SomeProp"], baggage: ["SomeKey=SomeValue"]),
        .init(
            "3.2.1.4 parse_multi_property",
            ["baggage": "SomeKey=SomeValue;SomeProp;SecondProp=PropValue"],
            baggage: ["SomeKey=SomeValue"]
        ),
        .init(
            "3.2.1.4 parse_multiple_properties_same_name",
            ["baggage": "SomeKey=SomeValue;SomeProp;SomeProp=PropValue;SomeProp=AnotherPropValue"],
            baggage: ["SomeKey=SomeValue"]
        ),
        .init(
            "3.2.1.4 parse_kv_property",
            ["baggage": "SomeKey=SomeValue;SomePropKey=SomePropValue"],
            baggage: ["SomeKey=SomeValue"]
        ),
        .init("3.2.1.2 parse_simple_ows", ["baggage": "SomeKey \t = \t SomeValue \t "], baggage: ["SomeKey=SomeValue"]),
        .init(
            "3.2.1.4 parse_percent_encoded_property",
            ["baggage": "SomeKey=SomeValue;SomePropKey=%09%20%22%27%3B%3Dasdf"],
            baggage: ["SomeKey=SomeValue"]
        ),
        .init(
            "3.2.1.4 a property's name is not decoded",
            ["baggage": "SomeKey=SomeValue;ValueProp%20%09%20%3D%20%09%20PropVal"],
            baggage: ["SomeKey=SomeValue"]
        ),
        .init(
            "3.3 example",
            ["baggage": "key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue"],
            baggage: ["key1=value1", "key2=value2", "key3=value3"]
        ),
        .init(
            "4 one header",
            ["baggage": "userId=alice,serverNode=DF%2028,isProduction=false"],
            baggage: ["userId=alice", "serverNode=DF 28", "isProduction=false"]
        ),
        .init(
            "4 beyond ASCII",
            ["baggage": "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false"],
            baggage: ["userId=Amélie", "serverNode=DF 28", "isProduction=false"]
        ),
        .init(
            "4 two headers",
            ["baggage": "userId=alice", "Baggage": "serverNode=DF%2028,isProduction=false"],
            baggage: ["userId=alice", "serverNode=DF 28", "isProduction=false"]
        ),
        .init(
            "4 spaces",
            ["baggage": "userId =   alice", "BAGGAGE": "serverNode = DF%2028, isProduction = false"],
            baggage: ["userId=alice", "serverNode=DF 28", "isProduction=false"]
        ),
        .init("3.2.1.3 an empty value", ["baggage": "a="], baggage: ["a="]),
        .init("3.2.1.3 an empty value", ["baggage": "a= , b=1"], baggage: ["a=", "b=1"]),
        .init("3.2.1.3 equals signs", ["baggage": "a==="], baggage: ["a==="]),
        .init("3.2.1.3 bytes that are not UTF-8", ["baggage": "a=%FF%C3"], baggage: ["a=\u{FFFD}\u{FFFD}"]),
        .init("3.2.1.3 bytes that are not UTF-8", ["baggage": "a=%e2%82"], baggage: ["a=\u{FFFD}"]),
        .init("3.2.1.3 digits in either case", ["baggage": "a=%c3%A9"], baggage: ["a=é"]),
        .init("3.2.1.3 no digits", ["baggage": "a=100%"], baggage: ["a=100%"]),
        .init("3.2.1.3 no digits", ["baggage": "a=%4"], baggage: ["a=%4"]),
        .init("3.2.1.3 no digits", ["baggage": "a=%zz"], baggage: ["a=%zz"]),
        .init("3.2.1.3 a comma", ["baggage": "a=1%2C2"], baggage: ["a=1,2"]),
        .init("3.2.1.3 a NUL", ["baggage": "a=%00"], baggage: ["a=\0"]),
        .init("3.2.1.3 a plus", ["baggage": "a=1+2"], baggage: ["a=1+2"]),
        .init(
            "3.2.1.2 each byte of a token",
            ["baggage": "!#$%&'*+-.^_`|~09AZaz=1"],
            baggage: ["!#$%&'*+-.^_`|~09AZaz=1"]
        ),
        .init(
            "3.2.1.3 each baggage octet",
            ["baggage": "a=!#$&'()*+-./09:<=>?@AZ[]^_`az{|}~"],
            baggage: ["a=!#$&'()*+-./09:<=>?@AZ[]^_`az{|}~"]
        ),
        .init("3.2.1.1 names twice", ["baggage": "a=1,b=2,a=3"], baggage: ["a=1", "b=2", "a=3"]),
        .init("RFC 9110, 5.6.1 empty members", ["baggage": ",a=1,, ,b=2,"], baggage: ["a=1", "b=2"]),
        .init("3.3.2 64 members", ["baggage": members(64)], baggage: list(64)),
        .init(
            "3.3.2 64 members in two",
            ["baggage": members(40), "baggage": members(24)],
            baggage: list(40) + list(24)
        ),
        .init(
            "3.3.2 8192 bytes",
            ["baggage": "a=" + String(repeating: "0123456789", count: 819)],
            baggage: ["a=" + String(repeating: "0123456789", count: 819)]
        ),
    ]

    static let invalid: [HeaderVector] = [
        .init("3.1", [:]),
        .init("3.1", ["baggage": nil]),
        .init("3.1", ["baggages": "a=1", "bag-gage": "a=1"]),
        .init("3.2.1", ["baggage": ""]),
        .init("3.2.1", ["baggage": " ,\t, "]),
        .init("3.2.1", ["baggage": "a"], .malformed),
        .init("3.2.1", ["baggage": "="], .malformed),
        .init("3.2.1", ["baggage": "=1"], .malformed),
        .init("3.2.1", ["baggage": ";"], .malformed),
        .init("3.2.1", ["baggage": "a;b=1"], .malformed),
        .init("3.2.1.2", ["baggage": "a b=1"], .malformed),
        .init("3.2.1.2", ["baggage": "a(=1"], .malformed),
        .init("3.2.1.2", ["baggage": "é=1"], .malformed),
        .init("3.2.1.2", ["baggage": "a\0=1"], .malformed),
        .init("3.2.1.3", ["baggage": "a=b c"], .malformed),
        .init("3.2.1.3", ["baggage": "a=\"b\""], .malformed),
        .init("3.2.1.3", ["baggage": "a=b\\c"], .malformed),
        .init("3.2.1.3", ["baggage": "a=é"], .malformed),
        .init("3.2.1.3", ["baggage": "a=b\u{7F}"], .malformed),
        .init("3.2.1.3", ["baggage": "a=b\nc=d"], .malformed),
        .init("3.2.1.4", ["baggage": "a=1;"], .malformed),
        .init("3.2.1.4", ["baggage": "a=1;;b"], .malformed),
        .init("3.2.1.4", ["baggage": "a=1;=b"], .malformed),
        .init("3.2.1.4", ["baggage": "a=1;b=\""], .malformed),
        // A faulty member is left out completely.
        .init("4 Mutating baggage", ["baggage": "a=1,b,c=3"], baggage: ["a=1", "c=3"], .malformed),
        .init("4 Mutating baggage", ["baggage": "b c=1,a=1"], baggage: ["a=1"], .malformed),
        .init("4 Mutating baggage", ["baggage": "a=1;p;q=\\,c=3"], baggage: ["c=3"], .malformed),
        .init("4 Mutating baggage", ["baggage": "a=1", "baggage": "b"], baggage: ["a=1"], .malformed),
        .init("3.3.2", ["baggage": members(64) + ",b"], baggage: list(64), .tooManyMembers),
        // Members may be dropped until the list is within its limits. The first members that fit stay, and no member is
        // cut.
        .init("3.3.2", ["baggage": members(65)], baggage: list(64), .tooManyMembers),
        .init("3.3.2", ["baggage": members(64), "baggage": "z=1"], baggage: list(64), .tooManyMembers),
        .init("3.3.2", ["baggage": members(1000)], baggage: list(64), .tooManyMembers),
        .init("3.3.2", ["baggage": "a=" + String(repeating: "0", count: 8191)], .tooLong),
        .init(
            "3.3.2",
            ["baggage": "a=1", "baggage": "b=" + String(repeating: "0", count: 8187)],
            baggage: ["a=1"],
            .tooLong
        ),
        .init(
            "3.3.2",
            ["baggage": "a=1;p,b=" + String(repeating: "0", count: 9000)],
            baggage: ["a=1"],
            .tooLong
        ),
        .init(
            "3.3.2, a member that ends with the last byte",
            ["baggage": "a=" + String(repeating: "0", count: 8190) + ",b=1"],
            baggage: ["a=" + String(repeating: "0", count: 8190)],
            .tooLong
        ),
        .init(
            "3.3.2, a member that continues after the last byte",
            ["baggage": "a=1,b=" + String(repeating: "0", count: 8187)],
            baggage: ["a=1"],
            .tooLong
        ),
        .init("3.3.2", bytes: [UInt8](repeating: 0xFF, count: 100), in: "baggage", .malformed),
    ]

    static func members(_ count: Int) -> String { list(count).joined(separator: ",") }

    static func list(_ count: Int) -> [String] { (0..<count).map { "key\($0)=value" } }
}
