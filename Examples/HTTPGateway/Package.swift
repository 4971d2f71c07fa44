// swift-tools-version:6.2

import PackageDescription

func maLogger(_ name: String) -> Target.Dependency { .product(name: name, package: "ma-logger") }

let package = Package(
    name: "http-gateway",
    dependencies: [
        // The dependency has a name, so the package builds in a checkout with any folder name.
        .package(name: "ma-logger", path: "../..", traits: ["SwiftLog", "ServiceLifecycle", "DistributedTracing"]),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.25.0", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.3.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "http-gateway",
            dependencies: [
                maLogger("MALogger"), maLogger("KafkaPropagation"), maLogger("TracingPropagation"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "HTTPGatewayTests",
            dependencies: [
                "http-gateway", maLogger("ContextPropagation"), maLogger("KafkaPropagation"),
                maLogger("KafkaPropagationTesting"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
