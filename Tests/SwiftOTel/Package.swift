// swift-tools-version:6.2

import PackageDescription

func maLogger(_ name: String) -> Target.Dependency { .product(name: name, package: "ma-logger") }

/// ma-logger with swift-otel's tracer. The tests export no spans, but swift-otel 1.5 does not compile without a trait.
let package = Package(
    name: "swift-otel-tests",
    dependencies: [
        // The dependency has a name, so the package builds in a checkout with any folder name.
        .package(name: "ma-logger", path: "../..", traits: ["DistributedTracing"]),
        .package(url: "https://github.com/swift-otel/swift-otel.git", from: "1.5.0", traits: ["OTLPHTTP"]),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.3.0"),
    ],
    targets: [
        .testTarget(
            name: "SwiftOTelTests",
            dependencies: [
                maLogger("ContextLog"), maLogger("ContextPropagation"), maLogger("KafkaPropagation"),
                maLogger("KafkaPropagationTesting"), maLogger("PropagationTesting"), maLogger("TracingPropagation"),
                .product(name: "OTel", package: "swift-otel"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
