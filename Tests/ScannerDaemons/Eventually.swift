// Waiting for something that another task or process does.
// Must not be used where it can be awaited.

/// Asks every few milliseconds until `condition` has a value, for three minutes: all suites begin at once.
package func eventually<Value>(_ what: String, _ condition: () async throws -> Value?) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(180)
    while ContinuousClock.now < deadline {
        if let value = try await condition() { return value }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw InVain(what: what)
}

/// The same for what is true or not.
package func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let _: Bool = try await eventually(what) { try await condition() ? true : nil }
}

/// It did not happen.
package struct InVain: Error {
    let what: String

    package init(what: String) { self.what = what }
}
