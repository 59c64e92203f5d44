//! Tests of both passes over small modules.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;

const MODULE: &str = r#"(module
    (memory 1)
    (global $g (mut i32) (i32.const 1))
    (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (@custom "runtime_version" "\01\02\03")
    (@custom ".debug_info" "forty lines")
    (@custom "reloc..debug_line" "more")
)"#;

fn builder_options() -> OptimizationOptions {
    let mut options = OptimizationOptions::new_opt_level_0();
    options
        .mvp_features_only()
        .debug_info(true)
        .add_pass(Pass::StripDwarf)
        .add_pass(Pass::SignextLowering);
    options
}

fn custom_sections(module: &[u8]) -> Vec<String> {
    Parser::new(0)
        .parse_all(module)
        .filter_map(|payload| match payload.unwrap() {
            Payload::CustomSection(section) => Some(section.name().to_owned()),
            _ => None,
        })
        .collect()
}

#[test]
fn debugging_sections_go_and_all_others_stay() {
    let module = wat::parse_str(MODULE).unwrap();
    let stripped = builder_options().apply(&module).unwrap();
    assert_eq!(custom_sections(&stripped), ["name", "runtime_version"]);
    wasmparser::validate(&stripped).unwrap();
    let again = builder_options().apply(&stripped).unwrap();
    assert_eq!(again, stripped, "nothing is left to strip");
}

#[test]
fn without_a_pass_the_module_is_copied() {
    let module = wat::parse_str(MODULE).unwrap();
    assert_eq!(
        OptimizationOptions::new_opt_level_0()
            .apply(&module)
            .unwrap(),
        module
    );
}

#[test]
fn a_sign_extension_is_refused_and_nothing_is_written() {
    let module =
        wat::parse_str("(module (func (param i32) (result i32) (i32.extend8_s (local.get 0))))")
            .unwrap();
    let folder = std::env::temp_dir().join(format!("qloak-wasm-opt-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (from, to) = (folder.join("in.wasm"), folder.join("out.wasm"));
    std::fs::write(&from, module).unwrap();
    let refused = builder_options().run(&from, &to).unwrap_err();
    assert!(refused.to_string().contains("sign extension"), "{refused}");
    assert!(!to.exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_runs_onto_itself() {
    let folder = std::env::temp_dir().join(format!("qloak-wasm-opt-onto-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("module.wasm");
    std::fs::write(&file, wat::parse_str(MODULE).unwrap()).unwrap();
    builder_options().run(&file, &file).unwrap();
    assert_eq!(
        custom_sections(&std::fs::read(&file).unwrap()),
        ["name", "runtime_version"]
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_missing_file_and_a_damaged_module_are_named() {
    let missing = builder_options()
        .run("/nonexistent/in.wasm", "/nonexistent/out.wasm")
        .unwrap_err();
    assert!(
        missing.to_string().contains("/nonexistent/in.wasm"),
        "{missing}"
    );
    assert!(matches!(
        builder_options().apply(b"\0asm\x01\0\0\0\x07"),
        Err(OptimizationError::NotWasm1(_))
    ));
}
