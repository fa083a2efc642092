// The place of a control socket: had by one at a time, whatever was left there.

import Foundation
import Glibc
import Testing

@testable import popsieve

@Suite struct ControlSocketTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func failure(_ path: String) -> ControlSocket.Failure? {
        do throws(ControlSocket.Failure) {
            try ControlSocket.take(path).giveUp()
            return nil
        } catch {
            return error
        }
    }

    private func reason(_ path: String) -> String {
        if case .impossible(let reason, _) = failure(path) { reason.replacing(folder.path, with: "@") } else { "none" }
    }

    @Test func theSecondIsTold() throws {
        let path = "\(folder.path)/new/control"
        let first = try ControlSocket.take(path)
        #expect(failure(path) == .taken)
        first.giveUp()
        #expect(failure(path) == nil)
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/new")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/new") == [])
    }

    @Test func aSocketThatNobodyHasIsReplaced() throws {
        let path = "\(folder.path)/control"
        // Invariant: the path is there until the call returns.
        let made = unsafe mknod(path, S_IFSOCK | 0o600, 0)
        #expect(made == 0)
        try folder.write("control.lock", "")
        #expect(failure(path) == nil)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func whatIsNoSocketStays() throws {
        let path = try folder.write("control", "mine")
        #expect(reason(path) == "@/control is there already, and no socket")
        #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
    }

    @Test func othersCantPutTheirsThere() throws {
        let shared = "\(folder.path)/shared"
        try FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: shared)
        #expect(reason("\(shared)/control") == "others may write in @/shared")
    }

    @Test(arguments: [107, 108]) func pathsHaveALimit(_ octets: Int) {
        let begin = "\(folder.path)/"
        let path = begin + String(repeating: "a", count: octets - begin.utf8.count)
        #expect((failure(path) == nil) == (octets == ControlLimits.path))
    }

    @Test func aFileIsNoFolder() throws {
        try folder.write("file", "")
        #expect(reason("\(folder.path)/file/control").hasPrefix("@/file"))
    }

    // MARK: Where it is

    @Test(
        arguments: [
            (["RUNTIME_DIRECTORY": "/run/popsieve:/run/b", "HOME": "/u"], "/run/popsieve/control/"),
            (["XDG_RUNTIME_DIR": "/run/user/1", "HOME": "/u"], "/run/user/1/popsieve/control/"),
            (["XDG_RUNTIME_DIR": "relative", "HOME": "/u"], "/u/.local/state/popsieve/control/"),
            (["STATE_DIRECTORY": "/var/lib/p"], "/var/lib/p/control/"),
        ] as [([String: String], String)]
    )
    func theBestPlaceIsFirst(_ environment: [String: String], _ begin: String) {
        let places = ControlPlaces(environment)
        #expect(places.ofRelay(settingsFile: "f.yaml").first?.hasPrefix(begin + "f-") == true)
        #expect(places.ofRelay(settingsFile: nil).first == begin + "without-settings")
        // What systemd has made for a service is looked at from any shell.
        #expect(places.ofOthers(settingsFile: "f.yaml").contains { $0.hasPrefix("/run/popsieve/control/f-") })
    }

    @Test func twoRelaysHaveTwoSockets() throws {
        let places = ControlPlaces(["HOME": "/u"])
        let (one, two) = (try folder.write("a/popsieve.yaml", ""), try folder.write("b/popsieve.yaml", ""))
        #expect(places.ofRelay(settingsFile: one) != places.ofRelay(settingsFile: two))
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link.yaml", withDestinationPath: one)
        #expect(places.ofRelay(settingsFile: "\(folder.path)/link.yaml") == places.ofRelay(settingsFile: one))
        #expect(
            places.ofRelay(settingsFile: "\(folder.path)/b/../a/popsieve.yaml") == places.ofRelay(settingsFile: one)
        )
    }
}
