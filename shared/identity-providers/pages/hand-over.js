// The HTTP-POST binding of SAML (Bindings 3.5.4): the browser carries the answer in a form. Without scripts there is its button.
document.forms[0].submit();
