// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let structuredFields = Target.Dependency.product(
    name: "RawStructuredFieldValues", package: "swift-http-structured-headers")
let sqlite = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let webServer = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")

let package = Package(
    name: "segue",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1")
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CFLAC", pkgConfig: "flac", providers: [.apt(["libflac-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CCSV", providers: [.apt(["libcsv-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "COgg", pkgConfig: "ogg", providers: [.apt(["libogg-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(name: "CTagLib", linkerSettings: [.linkedLibrary("tag")]),
        .target(name: "CPosix"),
        .target(name: "CBytes"),
        .target(name: "Wire", dependencies: ["CBytes"], swiftSettings: strict),
        .target(name: "StageKit", dependencies: ["Wire", "CPosix", arguments], swiftSettings: strict),
        .target(name: "Files", dependencies: ["Wire", "CPosix", "COpenSSL", "CZlib"], swiftSettings: strict),
        .target(name: "Processes", dependencies: ["CPosix", "Files", "Wire"], swiftSettings: strict),
        .target(name: "Limiter", dependencies: ["Files", "Wire"], swiftSettings: strict),
        .target(name: "Web", dependencies: ["Files", "Limiter", "Wire", "CCurl", "CPosix"], swiftSettings: strict),
        .target(name: "Matching", dependencies: ["Wire"], swiftSettings: strict),
        .target(name: "Episodes", dependencies: ["Files"], swiftSettings: strict),
        .target(
            name: "Catalogue", dependencies: ["Episodes", "Files", "Matching", "Wire", sqlite], swiftSettings: strict),
        .target(name: "Ledger", dependencies: ["Episodes", "Files", "Wire", sqlite], swiftSettings: strict),
        .target(name: "Tags", dependencies: ["Wire", "CTagLib"], swiftSettings: strict),
        .target(name: "Lists", dependencies: ["Wire", "CExpat", "CCSV"], swiftSettings: strict),
        .target(name: "Naming", dependencies: ["Files", "Wire"], swiftSettings: strict),
        .target(name: "Conformance", dependencies: ["Files", "Processes", "Wire"], swiftSettings: strict),
        .target(
            name: "PipelineFiles", dependencies: ["Files", "Ledger", "Limiter", "Processes", "Wire", yaml],
            swiftSettings: strict),
        .target(
            name: "Server", dependencies: ["Wire", nioCore, nioEmbedded, nioHTTP, nioPosix, nioWebSocket],
            swiftSettings: strict),
        .target(
            name: "DriverKit",
            dependencies: ["Catalogue", "CPosix", "Files", "Ledger", "Limiter", "PipelineFiles", "Processes", "Wire"],
            swiftSettings: strict),
        .target(
            name: "Display",
            dependencies: ["CPosix", "DriverKit", "Ledger", "Limiter", "Processes", "Server", "Wire"],
            swiftSettings: strict),
        .target(name: "Stripe", dependencies: ["Wire", "Files", "COpenSSL"], swiftSettings: strict),
        .executableTarget(
            name: "resolve",
            dependencies: [
                "StageKit", "Wire", "Web", "Limiter", "Files", "Episodes", "Lists", "Matching", "Catalogue", "Tags",
                arguments
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "fetch",
            dependencies: ["StageKit", "Wire", "Web", "Limiter", "Files", arguments, structuredFields],
            swiftSettings: strict),
        .executableTarget(
            name: "decrypt", dependencies: ["StageKit", "Wire", "Files", "Stripe", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "intake", dependencies: ["StageKit", "Wire", "Files", "Tags", "Catalogue", "CArchive", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "verify", dependencies: ["StageKit", "Wire", "Files", "Tags", "CFLAC", "COgg", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "place",
            dependencies: ["StageKit", "Wire", "Files", "Naming", "Catalogue", "Tags", "CPosix", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "record",
            dependencies: ["Catalogue", "Files", "Naming", "StageKit", "Wire", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "tell",
            dependencies: ["StageKit", "Wire", "Web", "Limiter", "Files", "Processes", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "segue",
            dependencies: [
                "Catalogue", "Conformance", "Display", "DriverKit", "Files", "Ledger", "Limiter", "Lists",
                "PipelineFiles",
                "Processes", "Server", "Tags", "Wire", arguments
            ],
            resources: [
                "page.html", "page.css", "icon.svg", "openapi.json", "events.schema.json", "page.js", "tools.js",
                "queue.js", "header.js", "steering.js", "finding.js", "followed.js", "history.js", "damage.js",
                "settings.js"
            ].map { .embedInCode("Page/\($0)") }, swiftSettings: strict),
        .executableTarget(
            name: "origin",
            dependencies: ["Wire", "Files", "Stripe", "Tags", arguments, structuredFields, webServer],
            swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
        .testTarget(name: "StageKitTests", dependencies: ["StageKit", "Wire"], swiftSettings: strict),
        .testTarget(name: "FilesTests", dependencies: ["Files", "Wire"], swiftSettings: strict),
        .testTarget(name: "ProcessesTests", dependencies: ["Processes", "CPosix", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "PipelineFilesTests", dependencies: ["PipelineFiles", "Ledger", "Limiter", "Processes", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "DriverKitTests",
            dependencies: ["DriverKit", "Files", "Ledger", "PipelineFiles", "Processes", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "DisplayTests", dependencies: ["Display", "DriverKit", "Ledger", "Limiter", "Wire"],
            swiftSettings: strict),
        .testTarget(name: "EpisodesTests", dependencies: ["Episodes"], swiftSettings: strict),
        .testTarget(
            name: "resolveTests", dependencies: ["resolve", "Episodes", "Files", "Lists", "Web", "Wire"],
            swiftSettings: strict),
        .testTarget(name: "MatchingTests", dependencies: ["Matching", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "CatalogueTests", dependencies: ["Catalogue", "Episodes", "Files", "Wire", sqlite],
            swiftSettings: strict),
        .testTarget(name: "recordTests", dependencies: ["record", "Catalogue", "Files", "Wire"], swiftSettings: strict),
        .testTarget(name: "TagsTests", dependencies: ["Tags", "Wire"], swiftSettings: strict),
        .testTarget(name: "ListsTests", dependencies: ["Lists", "Wire"], swiftSettings: strict),
        .testTarget(name: "NamingTests", dependencies: ["Naming", "Wire"], swiftSettings: strict),
        .testTarget(name: "LimiterTests", dependencies: ["Limiter", "Files", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "ServerTests", dependencies: ["Server", "Wire", nioCore, nioHTTP, nioWebSocket], swiftSettings: strict
        ),
        .testTarget(
            name: "WebTests", dependencies: ["Web", "Files", "Limiter", "Wire", "CCurl"], swiftSettings: strict),
        .testTarget(
            name: "fetchTests", dependencies: ["fetch", "Files", "Limiter", "Web", "Wire"], swiftSettings: strict),
        .testTarget(name: "StripeTests", dependencies: ["Stripe", "Wire"], swiftSettings: strict),
        .testTarget(name: "decryptTests", dependencies: ["decrypt", "Wire"], swiftSettings: strict),
        .testTarget(name: "intakeTests", dependencies: ["intake", "Wire"], swiftSettings: strict),
        .testTarget(name: "tellTests", dependencies: ["tell", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "LedgerTests", dependencies: ["Ledger", "Episodes", "Wire", sqlite], exclude: ["walk.sh"],
            swiftSettings: strict),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Files", "Limiter", "Lists", "Naming", "PipelineFiles", "Stripe", "Tags", "Web", "Wire", "fetch",
                "intake", "resolve"
            ], swiftSettings: strict),
        .testTarget(name: "segueTests", dependencies: ["segue"], swiftSettings: strict),
        .testTarget(name: "originTests", dependencies: ["origin", "Wire"], swiftSettings: strict)
    ],
    cxxLanguageStandard: .cxx17
)
