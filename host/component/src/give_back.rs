//! Functions with which a host gives back what an answer holds. An instance answers once and is gone, so
//! nobody calls them.

use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, ExportSection, Function, Instruction, Module};
use wasmparser::{Export, FunctionBody, Parser, Payload, TypeRef};

/// What their names begin with, by the conventions of components.
const NAMED: &str = "cabi_post_";

/// The module without them: no exports, and nothing in them.
pub(crate) fn without(core: &[u8]) -> Result<Vec<u8>, Error> {
    let mut emptying = Emptying { functions: Vec::new(), next: 0 };
    for payload in Parser::new(0).parse_all(core) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    emptying.next += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    emptying.functions.extend(export.name.starts_with(NAMED).then_some(export.index));
                }
            }
            _ => {}
        }
    }
    let mut module = Module::new();
    emptying.parse_core_module(&mut module, Parser::new(0), core)?;
    Ok(module.finish())
}

struct Emptying {
    /// Their indices.
    functions: Vec<u32>,
    /// Of the function whose body comes next; the imported ones are counted first.
    next: u32,
}

impl Reencode for Emptying {
    type Error = Infallible;

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Result<(), Error> {
        if export.name.starts_with(NAMED) { Ok(()) } else { utils::parse_export(self, exports, export) }
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let index = self.next;
        self.next += 1;
        if !self.functions.contains(&index) {
            return utils::parse_function_body(self, code, body);
        }
        let mut empty = Function::new([]);
        empty.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
        code.function(&empty);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{EntityType, ExportKind, FunctionSection, ImportSection, TypeSection, ValType};

    /// One imported function and two of its own, all of one type.
    fn module(exports: [&str; 2], bodies: [&[Instruction<'_>]; 2]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        imports.import("host", "log", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let (mut exported, mut code) = (ExportSection::new(), CodeSection::new());
        for (index, name) in (1..).zip(exports).filter(|(_, name)| !name.is_empty()) {
            exported.export(name, ExportKind::Func, index);
        }
        for body in bodies {
            let mut function = Function::new([]);
            body.iter().for_each(|it| {
                function.instruction(it);
            });
            code.function(&function);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exported).section(&code);
        module.finish()
    }

    #[test]
    fn only_what_gives_back_goes() {
        let long = [Instruction::LocalGet(0), Instruction::Call(0), Instruction::End];
        let empty = [Instruction::Unreachable, Instruction::End];
        let whole = module(["cabi_post_veto", "veto"], [&long, &long]);
        assert_eq!(without(&whole).unwrap(), module(["", "veto"], [&empty, &long]));
        let whole = module(["veto", "cabi_post_veto"], [&long, &long]);
        assert_eq!(without(&whole).unwrap(), module(["veto", ""], [&long, &empty]));
        let other = module(["veto", "score"], [&long, &empty]);
        assert_eq!(without(&other).unwrap(), other);
        assert!(without(&other[..other.len() - 1]).is_err());
    }
}
