//! How fields are declared: those after the semicolon may be absent.

/// A struct of an object of ours. What is absent is not written, and what is written is written as it
/// is: an explicit `false` or `0` is no absence.
macro_rules! fields {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$required_doc:meta])* $required:ident: $required_type:ty,)*
            ;
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, kube::KubeSchema)]
        $(#[$doc])*
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$required_doc])* pub $required: $required_type,)*
            $($(#[$field_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }
    };
}
pub(super) use fields;
