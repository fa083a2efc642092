// `swift run packaging`: the Debian package of the relay, from one command.
// Must not need anything but what Debian's build-essential and dpkg-dev bring.

import ArgumentParser
import Foundation

@main
struct Packaging: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packaging",
        abstract: "Make a Debian package of Popsieve.",
        discussion: """
            Builds the program with optimisation and Swift's libraries in it, takes out what only a debugger reads, and puts \
            it, the rules, man pages, completions, the systemd unit and the files for logrotate into popsieve_VERSION_ARCH.deb.
            """
    )

    @Option(help: "The program; by default it is built.", completion: .file()) var binary: String?
    @Option(help: "The folder that the package goes to.", completion: .directory) var output = "."
    @Option(help: "The folder of the sources.", completion: .directory) var sources = "."
    @Option(help: "Who is asked about the package, as \"Name <address>\".")
    var maintainer = "Popsieve <popsieve@localhost>"
    @Option(help: "What follows the program's version, such as ~bookworm1.") var revision = ""

    func run() throws {
        let built = try binary ?? Self.build(sources)
        let folder = FileManager.default.temporaryDirectory.appending(path: "popsieve-package-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program = try PackagedProgram(path: built)
        let tree = PackageTree(root: folder + "/popsieve")
        try tree.fill(with: program, from: sources)
        let version = program.version + revision
        let checkouts = sources + "/.build/checkouts"
        try PackageDocuments(version: version, maintainer: maintainer, libraries: checkouts).write(to: tree)
        let control = PackageControl(
            version: version,
            architecture: try Tool.output(["dpkg", "--print-architecture"]).trimmed,
            depends: try tree.libraries(),
            maintainer: maintainer,
            configurationFiles: tree.configurationFiles
        )
        try control.write(to: tree)
        let file = "\(output)/\(control.fileName)"
        try Tool.run(["dpkg-deb", "--root-owner-group", "--build", tree.root, file])
    }

    /// What it takes is told: it is the longer part by far.
    private static func build(_ sources: String) throws -> String {
        let arguments = ["-c", "release", "--static-swift-stdlib", "--product", "popsieve", "--package-path", sources]
        // Names that nobody looks up, and places to be filled in at the start: 5 MB.
        let linking = ["--no-export-dynamic", "-z", "pack-relative-relocs"].flatMap { ["-Xlinker", $0] }
        try Tool.run(["swift", "build"] + arguments + ["-Xswiftc", "-use-ld=lld"] + linking)
        let folder = try Tool.output(["swift", "build", "--show-bin-path"] + arguments).trimmed
        return folder + "/popsieve"
    }
}
